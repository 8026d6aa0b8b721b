"""The API of valuation."""

from fastapi import APIRouter

routers: list[APIRouter] = []
