"""The API of purchasing."""

from fastapi import APIRouter

routers: list[APIRouter] = []
