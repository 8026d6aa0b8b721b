"""The API of adjustments."""

from fastapi import APIRouter

routers: list[APIRouter] = []
