"""The API of sales."""

from fastapi import APIRouter

from stockflow.sales import customer_api, order_api, return_api

routers: list[APIRouter] = [
    order_api.router,
    return_api.router,
    return_api.all_router,
    customer_api.router,
]
