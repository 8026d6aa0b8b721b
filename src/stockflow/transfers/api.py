"""The API of transfers."""

from fastapi import APIRouter

routers: list[APIRouter] = []
