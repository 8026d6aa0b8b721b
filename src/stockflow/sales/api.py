"""The API of sales."""

from fastapi import APIRouter

routers: list[APIRouter] = []
