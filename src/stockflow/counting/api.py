"""The API of counting."""

from fastapi import APIRouter

routers: list[APIRouter] = []
