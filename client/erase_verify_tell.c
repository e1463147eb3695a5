/* What the servers' answers mean, and how that is told. */
#include "erase_verify.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/uuid.h"
#include "json.h"
#include "safe.h"

static const struct {
	const char *name;
	const char *text;
} states[] = {
	[CR_VERIFY_UNKNOWN] = { "unknown", "not known" },
	[CR_VERIFY_UNREACHABLE] = { "unreachable", "not reached" },
	[CR_VERIFY_UNDER_WAY] = { "underWay",
	    "the entries are gone, and the order goes on" },
	[CR_VERIFY_LEFT] = { "left", "SOMETHING IS LEFT" },
	[CR_VERIFY_CLEAN] = { "clean", "nothing is left" }
};

/* Nothing but the copy of the database is still to be done. */
static bool
is_settled(const struct cr_verify_facts *facts)
{
	return facts->ordered.state == CR_ERASURE_DONE ||
	    facts->ordered.state == CR_ERASURE_COMPACTING;
}

enum cr_verify_state
cr_verify_state_of(const struct cr_verify_facts *facts)
{
	if (!facts->connected)
		return CR_VERIFY_UNREACHABLE;
	if (facts->has_entries || facts->references == CR_LOOK_FOUND)
		return CR_VERIFY_LEFT;
	if (facts->code == LDAP_SERVER_DOWN ||
	    facts->code == LDAP_CONNECT_ERROR || facts->code == LDAP_TIMEOUT)
		return CR_VERIFY_UNREACHABLE;
	if (facts->code != LDAP_NO_SUCH_OBJECT ||
	    facts->references == CR_LOOK_FAILED)
		return CR_VERIFY_UNKNOWN;
	if (facts->order == CR_LOOK_FOUND && !is_settled(facts))
		return CR_VERIFY_UNDER_WAY;
	return CR_VERIFY_CLEAN;
}

/* How many of the servers are in this state. */
static size_t
count_of(const struct cr_verify_server *servers, size_t count,
    enum cr_verify_state state)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += cr_verify_state_of(&servers[i].facts) == state ?
		    1 : 0;
	return found;
}

static bool
all_forbid(const struct cr_verify_server *servers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!servers[i].facts.connected || servers[i].facts.code !=
		    LDAP_INSUFFICIENT_ACCESS)
			return false;
	}
	return true;
}

enum cr_exit
cr_verify_exit(const struct cr_verify_server *servers, size_t count)
{
	if (count_of(servers, count, CR_VERIFY_LEFT) > 0)
		return CR_EXIT_FAILED;
	if (count_of(servers, count, CR_VERIFY_CLEAN) == count)
		return CR_EXIT_DONE;
	if (count_of(servers, count, CR_VERIFY_UNREACHABLE) == count)
		return CR_EXIT_CONNECT;
	return all_forbid(servers, count) ? CR_EXIT_NOT_ALLOWED :
	    CR_EXIT_PARTLY;
}

/* Empty when the state says it all. */
static const char *
reason_of(const struct cr_verify_facts *facts)
{
	switch (cr_verify_state_of(facts)) {
	case CR_VERIFY_LEFT:
		return facts->has_entries ? facts->is_kept ?
		    "entries, of which some have to be kept" : "entries" :
		    "values that name them";
	case CR_VERIFY_UNKNOWN:
		return facts->code != LDAP_NO_SUCH_OBJECT ?
		    ldap_err2string(facts->code) :
		    "values that name them cannot be looked for";
	case CR_VERIFY_UNREACHABLE:
		return facts->connected ? ldap_err2string(facts->code) : "";
	case CR_VERIFY_UNDER_WAY:
	case CR_VERIFY_CLEAN:
	default: return "";
	}
}

/* "" when there is none to be seen. */
static const char *
order_of(const struct cr_verify_facts *facts,
    char text[CR_ERASURE_STATE_SIZE])
{
	return facts->order == CR_LOOK_FOUND && cr_erasure_state_format(
	    &facts->ordered, text) == CR_OK ? text : "";
}

static int
set(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value);
}

static json_t *
json_of(const struct cr_verify_server *server)
{
	const struct cr_verify_facts *facts = &server->facts;
	json_t *one = json_object();
	char text[CR_ERASURE_STATE_SIZE];
	const char *order = order_of(facts, text);
	const char *reason = reason_of(facts);
	int rc = set(one, "server", cr_json_text(cr_slice_of(server->uri)));

	rc |= set(one, "state",
	    json_string(states[cr_verify_state_of(facts)].name));
	if (*reason != '\0')
		rc |= set(one, "reason", json_string(reason));
	if (*order != '\0') {
		rc |= set(one, "order", json_string(order));
		rc |= set(one, "compactionDue", json_boolean(
		    facts->ordered.state == CR_ERASURE_COMPACTING));
	}
	if (facts->references == CR_LOOK_FOUND ||
	    facts->references == CR_LOOK_NOTHING)
		rc |= set(one, "references",
		    json_integer((json_int_t)facts->reference_count));
	if (rc == 0)
		return one;
	json_decref(one);
	return NULL;
}

static bool
tell_json(const struct cr_erase_options *options,
    const struct cr_verify_server *servers, size_t count, FILE *out)
{
	json_t *root = json_object();
	json_t *list = json_array();
	int rc = set(root, "subject", cr_json_text(cr_slice_of(
	    options->subject)));

	rc |= set(root, "clean", json_boolean(cr_verify_exit(servers,
	    count) == CR_EXIT_DONE));
	for (size_t i = 0; i < count; i++)
		rc |= json_array_append_new(list, json_of(&servers[i]));
	rc |= set(root, "servers", list);
	rc = rc == 0 ? cr_json_put(out, root) : CR_ENOMEM;
	json_decref(root);
	return rc == CR_OK;
}

static void
tell_one(const struct cr_verify_server *server, FILE *out)
{
	const struct cr_verify_facts *facts = &server->facts;
	char text[CR_ERASURE_STATE_SIZE];
	const char *order = order_of(facts, text);
	const char *reason = reason_of(facts);

	cr_put_safe(out, cr_slice_of(server->uri));
	fprintf(out, "\n  %s%s%s\n", states[cr_verify_state_of(facts)].text,
	    *reason != '\0' ? ": " : "", reason);
	if (facts->reference_count > 0)
		fprintf(out, "  named by %" PRIu64 " %s\n",
		    facts->reference_count, facts->reference_count == 1 ?
		    "entry" : "entries");
	if (facts->order == CR_LOOK_FAILED)
		fputs("  the order cannot be read\n", out);
	if (*order != '\0')
		fprintf(out, "  order: %s%s\n", order, facts->ordered.state ==
		    CR_ERASURE_COMPACTING ? "; compaction is due: until then "
		    "freed pages of the database\n  may still have the bytes" :
		    "");
}

bool
cr_verify_tell(const struct cr_erase_options *options,
    const struct cr_verify_server *servers, size_t count, FILE *out)
{
	size_t clean = count_of(servers, count, CR_VERIFY_CLEAN);

	if (options->json) {
		if (!tell_json(options, servers, count, out))
			return false;
	} else {
		fputs("Customer ", out);
		cr_put_safe(out, cr_slice_of(options->subject));
		fprintf(out, "\n%s\n\n", options->request.by ==
		    CR_ERASE_BY_UUID ? "Looked for entries and the order; "
		    "values that name them are looked for by DN." :
		    "Looked for entries and values that name them; the order "
		    "is looked for by entryUUID.");
		for (size_t i = 0; i < count; i++)
			tell_one(&servers[i], out);
		fprintf(out, "\nNothing is left on %zu of %zu servers.%s\n",
		    clean, count, clean == count ? "" :
		    " The same can be asked again.");
	}
	return fflush(out) == 0 && !ferror(out);
}
