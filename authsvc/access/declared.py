"""Requirements that the methods of other services declare with the option (authsvc.v1.access), as their descriptors hold it."""

from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool

from authsvc.access.rules import declares_access, method_path, read_rule
from authsvc.scopes.requirement import Requirement

_SERVICE, _METHOD = 6, 2
"""The numbers of FileDescriptorProto.service and ServiceDescriptorProto.method: they make up the place of a comment."""


class DescriptorsError(ValueError):
    """The descriptors do not stand for themselves: an import is missing, or one contradicts another."""


@dataclass(frozen=True, slots=True)
class DeclaredMethod:
    """A method that asks for scopes."""

    path: str
    """"/package.Service/Method"."""
    requirement: Requirement
    comment: str
    """The first sentence of the comment before it; empty where the descriptors carry none."""


def declared_methods(files: FileDescriptorSet) -> Iterator[DeclaredMethod]:
    """The methods that declare scopes, in the order of the files. Those that ask for none, or say nothing, are left out.

    Raises:
        DescriptorsError: a file needs another that is not there; build the set with its imports.
        UndeclaredAccessError: a method declares what is impossible.
    """
    pool = DescriptorPool()
    try:
        for file in files.file:
            pool.Add(file)
        for file in files.file:
            yield from _methods(file, pool)
    except (TypeError, KeyError) as error:
        raise DescriptorsError(f"the descriptors are not complete: {error}; build them with their imports") from None


def _methods(file: FileDescriptorProto, pool: DescriptorPool) -> Iterator[DeclaredMethod]:
    comments = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
    services = pool.FindFileByName(file.name).services_by_name
    for number, service in enumerate(file.service):
        for position, method in enumerate(services[service.name].methods):
            rule = read_rule(method) if declares_access(method) else None
            if isinstance(rule, Requirement):
                comment = comments.get((_SERVICE, number, _METHOD, position), "")
                yield DeclaredMethod(method_path(method), rule, _first_sentence(comment))


def _first_sentence(comment: str) -> str:
    text = " ".join(comment.split())
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]
