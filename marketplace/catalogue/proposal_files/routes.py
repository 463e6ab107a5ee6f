"""Owns the API of files of proposals."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, post
from litestar.params import JSONBody

from marketplace.catalogue.proposal_files import service
from marketplace.catalogue.proposal_files.schemas import FileIn, FileOut
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy


class ProposalFileController(Controller):
    """Many proposals at once."""

    path = "/api/v1/proposals/file"
    tags = ("Catalogue",)

    @post("/", status_code=200)
    async def take(self, request: MarketRequest, data: JSONBody[FileIn]) -> Response[FileOut]:
        """Send a proposal for each row of a CSV file, all of them or none.

        Columns are product_id, title, brand, part_number, gtin, category (slug), unit_code, weight_grams, volume_cm3, description, note, and
        attr:<key> for attributes; a blank cell says nothing. A row without product_id is an edit of the product with its GTIN, or with its brand
        and part number, and a new product where there is none. Of a workbook or JSON lines (`format`) the good rows are sent, and `faults` tells
        of the others. Raises: NotFound, InvalidInput, and what is wrong with the file.
        """
        if data.format != "csv":
            rows = await service.read(service.sent_of(data), decimal=data.decimal, actor=actor(request))
            return await once(request, lambda: service.take_rows(rows, actor=actor(request), now=clock.now()))
        return await once(request, lambda: service.take_file(data, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (ProposalFileController,)
POLICIES = (Policy("POST /api/v1/proposals/file", ("supplier:owner", "supplier:catalogue"), scope="catalogue:write", acts=True),)
