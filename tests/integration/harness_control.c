/* Request controls from the rows of a table. */
#include "harness_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	enum cr_control_kind kind;
	const char *oid;
} oids[] = { { CTL_PURPOSE, CR_OID_PURPOSE_CONTROL },
	{ CTL_RECIPIENT, CR_OID_RECIPIENT_CONTROL },
	{ CTL_REFERENCE, CR_OID_REFERENCE_CONTROL },
	{ CTL_PROXY, LDAP_CONTROL_PROXY_AUTHZ },
	{ CTL_ASSERT, LDAP_CONTROL_ASSERT },
	{ CTL_PRE_READ, LDAP_CONTROL_PRE_READ },
	{ CTL_POST_READ, LDAP_CONTROL_POST_READ },
	{ CTL_PAGED, LDAP_CONTROL_PAGEDRESULTS },
	{ CTL_SORT, LDAP_CONTROL_SORTREQUEST },
	{ CTL_VLV, LDAP_CONTROL_VLVREQUEST },
	{ CTL_VLV_VALUE, LDAP_CONTROL_VLVREQUEST },
	{ CTL_DEREF, "1.3.6.1.4.1.4203.666.5.16" },
	{ CTL_VALUES, LDAP_CONTROL_VALUESRETURNFILTER },
	{ CTL_SYNC, LDAP_CONTROL_SYNC },
	{ CTL_MANAGE_DSAIT, LDAP_CONTROL_MANAGEDSAIT },
	{ CTL_TREE_DELETE, "1.2.840.113556.1.4.805" },
	{ CTL_SUBENTRIES, LDAP_CONTROL_SUBENTRIES },
	{ CTL_NO_OP, "1.3.6.1.4.1.4203.666.5.2" },
	{ CTL_RELAX, "1.3.6.1.4.1.4203.666.5.12" },
	{ CTL_DONT_USE_COPY, "1.3.6.1.1.22" },
	{ CTL_DOMAIN_SCOPE, "1.2.840.113556.1.4.1339" },
	{ CTL_PERMISSIVE, "1.2.840.113556.1.4.1413" },
	{ CTL_TXN, "1.3.6.1.1.21.2" },
	{ CTL_PPOLICY, LDAP_CONTROL_PASSWORDPOLICYREQUEST },
	{ CTL_LAZY_COMMIT, "1.2.840.113556.1.4.619" },
	{ CTL_SESSION, "1.3.6.1.4.1.21008.108.63.1" } };

static const char *
oid_of(const struct cr_control *control)
{
	for (size_t i = 0; i < COUNT(oids); i++) {
		if (oids[i].kind == control->kind)
			return oids[i].oid;
	}
	cr_must(control->oid != NULL);
	return control->oid;
}

void
cr_wire_words(BerElement *ber, const char *words)
{
	char *copy = cr_keep_text("%s", words != NULL ? words : "");
	char *save = NULL;

	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		ber_printf(ber, "s", w);
}

static void
put_sort(BerElement *ber, const char *keys)
{
	char *copy = cr_keep_text("%s", keys);
	char *save = NULL;

	ber_printf(ber, "{");
	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		bool reverse = *w == '-';
		char *rule;

		w += reverse;
		rule = strchr(w, ':');
		if (rule != NULL)
			*rule++ = '\0';
		ber_printf(ber, "{s", w);
		if (rule != NULL)
			ber_printf(ber, "ts", (ber_tag_t)0x80, rule);
		if (reverse)
			ber_printf(ber, "tb", (ber_tag_t)0x81, 1);
		ber_printf(ber, "N}");
	}
	ber_printf(ber, "N}");
}

static void
put_vlv(BerElement *ber, const struct cr_control *control)
{
	int before = 0, after = 0, offset = 0, count = 0;
	char value[128] = "";

	if (control->kind == CTL_VLV) {
		ck_assert_int_eq(sscanf(control->arg, "%d %d %d %d", &before,
				     &after, &offset, &count),
		    4);
		ber_printf(ber, "{iit{iiN}", before, after, (ber_tag_t)0xa0,
		    offset, count);
	} else {
		ck_assert_int_eq(sscanf(control->arg, "%d %d %127s", &before,
				     &after, value),
		    3);
		ber_printf(ber, "{iits", before, after, (ber_tag_t)0x81, value);
	}
	if (control->bytes != NULL)
		ber_printf(ber, "o", control->bytes, (ber_len_t)control->len);
	ber_printf(ber, "N}");
}

static void
put_deref(BerElement *ber, const char *specs)
{
	char *copy = cr_keep_text("%s", specs);
	char *save = NULL;

	ber_printf(ber, "{");
	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		char *attrs = strchr(w, ':');
		char *inner = NULL;

		cr_must(attrs != NULL);
		*attrs++ = '\0';
		ber_printf(ber, "{s{", w);
		for (char *a = strtok_r(attrs, ",", &inner); a != NULL;
		     a = strtok_r(NULL, ",", &inner))
			ber_printf(ber, "s", a);
		ber_printf(ber, "N}N}");
	}
	ber_printf(ber, "N}");
}

/* Items without operators between them, as matched values has it. */
static void
put_values(BerElement *ber, const char *items)
{
	ber_printf(ber, "{");
	while (*items == '(') {
		const char *end = strchr(items, ')');

		cr_must(end != NULL);
		cr_filter_encode(ber,
		    cr_keep_text("%.*s", (int)(end + 1 - items), items));
		items = end + 1;
	}
	ber_printf(ber, "N}");
}

/* True when the control has a value, which is then in `ber`. */
static bool
put_value(BerElement *ber, const struct cr_control *control)
{
	switch (control->kind) {
	case CTL_ASSERT: cr_filter_encode(ber, control->arg); return true;
	case CTL_PRE_READ:
	case CTL_POST_READ:
		ber_printf(ber, "{");
		cr_wire_words(ber, control->arg);
		ber_printf(ber, "N}");
		return true;
	case CTL_PAGED:
		ber_printf(ber, "{ioN}", atoi(control->arg),
		    control->bytes != NULL ? control->bytes : "",
		    (ber_len_t)control->len);
		return true;
	case CTL_SORT: put_sort(ber, control->arg); return true;
	case CTL_VLV:
	case CTL_VLV_VALUE: put_vlv(ber, control); return true;
	case CTL_DEREF: put_deref(ber, control->arg); return true;
	case CTL_VALUES: put_values(ber, control->arg); return true;
	case CTL_SYNC:
		ber_printf(ber, "{e", atoi(control->arg));
		if (control->bytes != NULL)
			ber_printf(ber, "o", control->bytes,
			    (ber_len_t)control->len);
		ber_printf(ber, "N}");
		return true;
	case CTL_SUBENTRIES: ber_printf(ber, "b", 1); return true;
	case CTL_SESSION:
		ber_printf(ber, "{sssN}", "127.0.0.1", "test",
		    "1.3.6.1.4.1.21008.108.63.1.3");
		return true;
	default: return false;
	}
}

static void
put_control(BerElement *ber, const struct cr_control *control)
{
	BerElement *value = ber_alloc_t(LBER_USE_DER);
	struct berval bytes = { 0, NULL };

	ber_printf(ber, "{s", oid_of(control));
	if (!control->noncritical)
		ber_printf(ber, "b", 1);
	if (put_value(value, control)) {
		cr_must(ber_flatten2(value, &bytes, 0) == 0);
		ber_printf(ber, "O", &bytes);
	} else if (control->kind == CTL_RAW) {
		if (control->bytes != NULL)
			ber_printf(ber, "o", control->bytes,
			    (ber_len_t)control->len);
	} else if (control->arg != NULL) {
		ber_printf(ber, "s", control->arg);
	}
	ber_printf(ber, "N}");
	ber_free(value, 1);
}

void
cr_wire_controls(BerElement *ber, const struct cr_control *controls,
    size_t count)
{
	size_t used = 0;

	while (used < count && controls[used].kind != CTL_NONE)
		used++;
	if (used == 0)
		return;
	ber_printf(ber, "t{", (ber_tag_t)LDAP_TAG_CONTROLS);
	for (size_t i = 0; i < used; i++)
		put_control(ber, &controls[i]);
	ber_printf(ber, "N}");
}
