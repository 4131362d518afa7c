"""Our own minimal protobuf schemas of remote write, and the code protoc makes of them.

Nested messages stand here as `bytes` wherever a decoder wants to count, cache or refuse them one by one, and text
stands as `bytes` so that one label that is no UTF-8 costs its series and not the whole request: on the wire a string,
a message and bytes are the same. The package is our own, so that no other library's descriptors can collide with ours.

After changing a .proto, from the root of the checkout, in a virtual environment made for this only (its protobuf must
not be newer than the one in requirements/run.txt: generated code refuses an older runtime):

    pip install 'grpcio-tools==1.85.1'
    python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. app/wire/metrics/proto/*.proto
    sed -i -e '1i # ruff: noqa: A002, E501, I001, RUF023, UP007, UP045' \\
        -e '1i # mypy: disable-error-code="type-arg"' -e '1i # fmt: off' app/wire/metrics/proto/*_pb2.pyi
"""
