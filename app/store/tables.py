"""Every table there is: importing this fills the metadata that migrations and backups go by."""

from app.store import audit_schema, notices_schema, people_schema, screens_schema, slo_schema

SCHEMAS = (slo_schema, screens_schema, notices_schema, people_schema, audit_schema)

metadata = slo_schema.metadata
