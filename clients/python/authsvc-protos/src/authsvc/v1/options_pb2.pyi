from authsvc.v1 import scopes_pb2 as _scopes_pb2
from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
ACCESS_FIELD_NUMBER: _ClassVar[int]
access: _descriptor.FieldDescriptor

class AccessRule(_message.Message):
    __slots__ = ("scopes", "holder", "public")
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_FIELD_NUMBER: _ClassVar[int]
    scopes: _scopes_pb2.ScopeRequirement
    holder: bool
    public: bool
    def __init__(self, scopes: _Optional[_Union[_scopes_pb2.ScopeRequirement, _Mapping]] = ..., holder: bool = ..., public: bool = ...) -> None: ...
