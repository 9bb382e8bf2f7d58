"""The document of the tenant that a development server starts with."""

DEMO_TENANT = "demo"

DEMO_DOCUMENT = """\
# One tenant. Several stand in one file, with lines of "---" between them.
# Every field is described in protos/authsvc/v1/tenant.proto; all but the name may be left out.
name: demo
description: The examples of the README, to try things on.

# How long a token lives when the request names no ttl, and how long it may live at all: 1 hour and 90 days.
default_ttl: 3600s
max_ttl: 7776000s

# How its tokens are signed. The service makes the key.
algorithm: SIGNING_ALGORITHM_ES256

# Whom its tokens may be meant for.
audiences:
  - https://api.demo.example
  - demo-api

# How a token carries its scopes: one string, {"scope": "create:users read:users"}. The other two forms are
# SCOPE_CLAIM_SHAPE_ARRAY, {"scopes": ["create:users", "read:users"]},
# and SCOPE_CLAIM_SHAPE_TREE, {"scopes": {"users": {"actions": ["create", "read"]}}}.
scope_claim_shape: SCOPE_CLAIM_SHAPE_STRING

# What each operation asks for. A token passes when it holds any one of any_of and every one of all_of.
operations:
  # A wide scope and a narrow one: either lets a token in.
  - name: POST /user/repos
    description: Create a repository
    requirement:
      any_of: [repo, public_repo]
  - name: GET /user/repos
    description: List the repositories of a user
    requirement:
      any_of: [repo, public_repo, "read:user"]
  # A scope of its own: one that may write repositories may not delete them.
  - name: DELETE /repos
    description: Delete a repository
    requirement:
      all_of: [delete_repo]
  - name: PUT /user/starred
    description: Star a repository
    requirement:
      any_of: [repo, public_repo]
  - name: GET /user/emails
    description: List the e-mail addresses of a user
    requirement:
      any_of: [user, "user:email"]

  # An action and a resource, action:resource. As a tree: {users: {actions: [read, create]}}.
  - name: list users
    description: List all users
    requirement:
      any_of: ["read:users"]
  - name: create a user
    description: Create a user
    requirement:
      all_of: ["create:users"]
  - name: delete a user
    description: Delete a user
    requirement:
      all_of: ["delete:users"]
  # Both lists: any one that may change users, and the right to change this part of them.
  - name: update app metadata
    description: Change what an application keeps about a user
    requirement:
      any_of: ["update:users", "create:users"]
      all_of: ["update:users_app_metadata"]
"""
