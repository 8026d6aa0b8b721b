"""The API of sales."""

from fastapi import APIRouter

from stockflow.sales import customer_api

routers: list[APIRouter] = [customer_api.router]
