/*
 * Those under way: each is read with all below it, decided upon and asked
 * for at once, so that little time lies between reading and erasing.
 */
#include "erase_bulk.h"

#include <stdlib.h>
#include <string.h>

#include "core/uuid.h"
#include "strlist.h"

enum { CONTROLS_MAX = CR_CONTROLS_MAX + 2 };

enum stage {
	STAGE_FREE = 0,
	STAGE_READING,
	STAGE_ASKED
};

struct one {
	enum stage stage;
	int id;				/* of the message that is awaited */
	unsigned char uuid[CR_UUID_BYTES];
	char *dn;			/* owned */
	struct cr_plan *plan;		/* owned */
	int error;			/* of the plan */
};

struct cr_bulk_work {
	LDAP *ld;
	LDAPControl *controls[CONTROLS_MAX];	/* of searches; borrowed */
	struct cr_entry_buffer buffer;
	size_t busy;
	size_t room;
	struct one ones[];
};

/* As the entries are, aliases and referrals too. */
static void
set_controls(struct cr_bulk_work *work, const struct cr_controls *given)
{
	static LDAPControl manage = {
		.ldctl_oid = LDAP_CONTROL_MANAGEDSAIT };
	size_t count = 0;

	for (; count < given->count; count++)
		work->controls[count] = given->list[count];
	if (ldap_control_find(LDAP_CONTROL_MANAGEDSAIT, work->controls,
	    NULL) == NULL)
		work->controls[count] = &manage;
}

int
cr_bulk_work_new(struct cr_bulk *bulk, LDAP *ld)
{
	size_t room = bulk->options->at_once;
	struct cr_bulk_work *work = calloc(1, sizeof(*work) +
	    room * sizeof(work->ones[0]));

	if (work == NULL)
		return CR_ENOMEM;
	work->ld = ld;
	work->room = room;
	set_controls(work, &bulk->options->connect.controls);
	bulk->work = work;
	return CR_OK;
}

static void
finish(struct cr_bulk *bulk, struct one *one, enum cr_bulk_fate fate,
    int code, const struct cr_erase_response *response)
{
	cr_bulk_tell(bulk, fate, one->uuid, one->dn, code, response);
	cr_plan_free(&one->plan);
	free(one->dn);
	*one = (struct one){ 0 };
	bulk->work->busy--;
}

static void
stop_at(struct cr_bulk *bulk, int code)
{
	if (bulk->tally.stopped == LDAP_SUCCESS)
		bulk->tally.stopped = code;
}

static void
ask(struct cr_bulk *bulk, struct one *one)
{
	struct cr_erase_request request = bulk->options->request;
	int rc;

	memcpy(request.uuid, one->uuid, sizeof(request.uuid));
	rc = cr_erase_send(bulk->work->ld, &request,
	    bulk->options->connect.controls.list, &one->id);
	if (rc != LDAP_SUCCESS) {
		stop_at(bulk, rc);
		finish(bulk, one, CR_BULK_FAILED, rc, NULL);
		return;
	}
	one->stage = STAGE_ASKED;
}

/* All of the customer has been read. */
static void
decide(struct cr_bulk *bulk, struct one *one, int code)
{
	bool expired = false;
	int rc = one->error;

	if (code == LDAP_SUCCESS && rc == CR_OK)
		rc = cr_bulk_is_expired(one->plan, &expired);
	cr_plan_free(&one->plan);
	if (cr_bulk_ends_all(code))
		stop_at(bulk, code);
	if (code == LDAP_NO_SUCH_OBJECT || rc == CR_ECHANGED) {
		finish(bulk, one, rc == CR_ECHANGED ? CR_BULK_LEFT :
		    CR_BULK_GONE, code, NULL);
	} else if (code != LDAP_SUCCESS || rc != CR_OK) {
		finish(bulk, one, CR_BULK_FAILED, code != LDAP_SUCCESS ?
		    code : LDAP_LOCAL_ERROR, NULL);
	} else if (!expired) {
		finish(bulk, one, CR_BULK_KEPT, 0, NULL);
	} else if (bulk->tally.stopped != LDAP_SUCCESS ||
	    bulk->tally.interrupted) {
		finish(bulk, one, CR_BULK_LEFT, 0, NULL);
	} else {
		ask(bulk, one);
	}
}

static int
take_entry(void *arg, const struct cr_entry *entry)
{
	struct one *one = arg;

	if (one->error == CR_OK)
		one->error = cr_bulk_add(one->plan, entry);
	return LDAP_SUCCESS;
}

static void
take_read(struct cr_bulk *bulk, struct one *one, LDAPMessage *message)
{
	struct cr_bulk_work *work = bulk->work;
	int code = LDAP_OTHER;
	int rc;

	switch (ldap_msgtype(message)) {
	case LDAP_RES_SEARCH_ENTRY:
		rc = cr_search_give(work->ld, message, &work->buffer,
		    take_entry, one);
		if (rc != LDAP_SUCCESS && one->error == CR_OK)
			one->error = CR_EINTERNAL;
		break;
	case LDAP_RES_SEARCH_RESULT:
		rc = ldap_parse_result(work->ld, message, &code, NULL, NULL,
		    NULL, NULL, 0);
		decide(bulk, one, rc == LDAP_SUCCESS ? code : rc);
		break;
	default: break;
	}
	ldap_msgfree(message);
}

static void
take_answer(struct cr_bulk *bulk, struct one *one, LDAPMessage *message)
{
	bool is_dry = (bulk->options->request.flags & CR_ERASE_DRY_RUN) != 0;
	struct cr_erase_response response = { 0 };
	struct cr_erase_answer answer;
	enum cr_bulk_fate fate = CR_BULK_FAILED;
	int rc;

	if (ldap_msgtype(message) != LDAP_RES_EXTENDED) {
		ldap_msgfree(message);
		return;
	}
	rc = cr_erase_take(bulk->work->ld, message, &answer);
	if (rc == LDAP_SUCCESS)
		fate = cr_bulk_fate_of(is_dry, &answer, &response);
	else
		answer.code = rc;
	if (fate == CR_BULK_FAILED && cr_bulk_ends_all(answer.code))
		stop_at(bulk, answer.code);
	finish(bulk, one, fate, answer.code, &response);
	cr_erase_response_clear(&response);
	cr_erase_answer_clear(&answer);
}

/* The connection is gone, and with it what was to come. */
static void
give_up(struct cr_bulk *bulk)
{
	struct cr_bulk_work *work = bulk->work;
	int code = LDAP_SUCCESS;

	ldap_get_option(work->ld, LDAP_OPT_RESULT_CODE, &code);
	if (code == LDAP_SUCCESS)
		code = LDAP_SERVER_DOWN;
	stop_at(bulk, code);
	for (size_t i = 0; i < work->room; i++) {
		struct one *one = &work->ones[i];

		if (one->stage != STAGE_FREE)
			finish(bulk, one, one->stage == STAGE_ASKED ?
			    CR_BULK_UNKNOWN : CR_BULK_LEFT, code, NULL);
	}
}

static struct one *
find(struct cr_bulk_work *work, int id)
{
	for (size_t i = 0; i < work->room; i++) {
		if (work->ones[i].stage != STAGE_FREE &&
		    work->ones[i].id == id)
			return &work->ones[i];
	}
	return NULL;
}

/* One message, whosever it is. */
static void
take_message(struct cr_bulk *bulk)
{
	LDAPMessage *message = NULL;
	struct one *one;

	if (ldap_result(bulk->work->ld, LDAP_RES_ANY, LDAP_MSG_ONE, NULL,
	    &message) <= 0) {
		give_up(bulk);
		return;
	}
	one = find(bulk->work, ldap_msgid(message));
	if (one == NULL)
		ldap_msgfree(message);	/* a notice, or nobody's */
	else if (one->stage == STAGE_READING)
		take_read(bulk, one, message);
	else
		take_answer(bulk, one, message);
}

static int
read_one(struct cr_bulk *bulk, struct one *one, const struct cr_entry *entry)
{
	static char *attrs[] = { "*", "entryUUID", NULL };
	struct cr_bulk_work *work = bulk->work;
	int rc;

	one->dn = cr_text_copy(entry->dn);
	if (one->dn == NULL || cr_uuid_parse(cr_entry_value(entry,
	    "entryUUID"), one->uuid) != CR_OK || cr_plan_new(&bulk->retention,
	    entry->view.ndn, CR_PLAN_EXPIRED, bulk->now, &one->plan) != CR_OK)
		rc = LDAP_NO_MEMORY;
	else
		rc = ldap_search_ext(work->ld, one->dn, LDAP_SCOPE_SUBTREE,
		    "(objectClass=*)", attrs, 0, work->controls, NULL, NULL,
		    LDAP_NO_LIMIT, &one->id);
	work->busy++;
	if (rc == LDAP_SUCCESS)
		one->stage = STAGE_READING;
	else
		finish(bulk, one, CR_BULK_FAILED, rc, NULL);
	return rc;
}

int
cr_bulk_work_offer(struct cr_bulk *bulk, const struct cr_entry *entry)
{
	struct cr_bulk_work *work = bulk->work;
	size_t i = 0;

	while (work->busy == work->room)
		take_message(bulk);
	if (bulk->tally.stopped != LDAP_SUCCESS)
		return bulk->tally.stopped;
	while (work->ones[i].stage != STAGE_FREE)
		i++;
	return read_one(bulk, &work->ones[i], entry);
}

void
cr_bulk_work_end(struct cr_bulk *bulk)
{
	if (bulk->work == NULL)
		return;
	while (bulk->work->busy > 0)
		take_message(bulk);
	cr_entry_buffer_clear(&bulk->work->buffer);
	free(bulk->work);
	bulk->work = NULL;
}
