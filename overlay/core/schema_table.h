/*
 * The schema as slapd's register_at() and register_oc() take it: RFC 4512
 * definitions, in an order in which each refers only to what came before.
 * Both arrays end with NULL.  The source is made from schema/custreg.ldif
 * when building (scripts/schema.mk).
 */
#ifndef CR_SCHEMA_TABLE_H
#define CR_SCHEMA_TABLE_H

extern const char *const cr_schema_attributes[];
extern const char *const cr_schema_classes[];

#endif
