"""Generated messages and stubs of authsvc.v1; do not edit."""
