#include "fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define ATTRS_MAX 64
#define VALUES_MAX 256

/* One entry while it is read: attributes in the order they first came. */
struct entry {
	struct cr_slice dn;
	struct cr_attr attrs[ATTRS_MAX];
	struct cr_slice values[ATTRS_MAX][VALUES_MAX];
	size_t count;
};

/* Check's own assertions use malloc(), which an error suite makes fail. */
static void
require(bool holds)
{
	if (!holds)
		abort();
}

static struct cr_slice
take_line(const char **text)
{
	const char *end = strchr(*text, '\n');
	struct cr_slice line = { *text, end != NULL ?
		(size_t)(end - *text) : strlen(*text) };

	*text += line.len + (end != NULL ? 1 : 0);
	return line;
}

static void
add_value(struct entry *entry, struct cr_slice name, struct cr_slice value)
{
	struct cr_attr *attr = NULL;

	for (size_t i = 0; i < entry->count; i++) {
		if (cr_slice_same_name(entry->attrs[i].name, name))
			attr = &entry->attrs[i];
	}
	if (attr == NULL) {
		require(entry->count < ATTRS_MAX);
		attr = &entry->attrs[entry->count];
		*attr = (struct cr_attr){ name, entry->values[entry->count],
			0 };
		entry->count++;
	}
	require(attr->count < VALUES_MAX);
	entry->values[attr - entry->attrs][attr->count++] = value;
}

/* No folded lines and no base64 in what the tests read. */
static void
add_line(struct entry *entry, struct cr_slice line)
{
	const char *colon = memchr(line.ptr, ':', line.len);
	const char *option;
	struct cr_slice name;
	struct cr_slice value;

	require(colon != NULL);
	name = (struct cr_slice){ line.ptr, (size_t)(colon - line.ptr) };
	value = (struct cr_slice){ colon + 1, line.len - name.len - 1 };
	if (value.len > 0 && value.ptr[0] == ' ') {
		value.ptr++;
		value.len--;
	}
	option = memchr(name.ptr, ';', name.len);
	if (option != NULL)
		name.len = (size_t)(option - name.ptr);
	if (cr_slice_same_name(name, CR_SLICE_LITERAL("dn")))
		entry->dn = value;
	else
		add_value(entry, name, value);
}

static bool
is_of_class(const struct entry *entry, const char *class)
{
	for (size_t i = 0; i < entry->count; i++) {
		const struct cr_attr *attr = &entry->attrs[i];

		if (!cr_slice_same_name(attr->name,
		    CR_SLICE_LITERAL("objectClass")))
			continue;
		for (size_t j = 0; j < attr->count; j++) {
			if (cr_slice_same_name(attr->values[j],
			    cr_slice_of(class)))
				return true;
		}
	}
	return false;
}

static int
add_entry(struct cr_policy_builder *builder, const struct entry *entry)
{
	static const char *const classes[] = {
		[CR_PART_PURPOSE] = "crPurpose",
		[CR_PART_HANDLER] = "crHandler",
		[CR_PART_SERVICE] = "crService",
		[CR_PART_RECIPIENT] = "crRecipient",
		[CR_PART_REGISTER] = "crRegister"
	};
	const struct cr_entry_view view = { entry->dn, entry->attrs,
		entry->count };

	for (unsigned i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		int rc = CR_OK;

		if (is_of_class(entry, classes[i]))
			rc = cr_policy_builder_add(builder,
			    (enum cr_policy_part)i, &view);
		if (rc != CR_OK)
			return rc;
	}
	return CR_OK;
}

static int
add_ldif(struct cr_policy_builder *builder, const char *text)
{
	static struct entry entry;
	int rc = CR_OK;

	entry.count = 0;
	while (rc == CR_OK) {
		bool at_end = *text == '\0';
		struct cr_slice line = take_line(&text);

		if (line.len > 0 && line.ptr[0] == '#')
			continue;
		if (line.len > 0) {
			add_line(&entry, line);
			continue;
		}
		if (entry.count > 0)
			rc = add_entry(builder, &entry);
		entry.count = 0;
		if (at_end)
			break;
	}
	return rc;
}

static char *
read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text;
	long size;

	ck_assert_msg(file != NULL, "%s: not there", path);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	ck_assert_int_ge(size, 0);
	rewind(file);
	text = malloc((size_t)size + 1);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(fread(text, 1, (size_t)size, file), (size_t)size);
	text[size] = '\0';
	fclose(file);
	return text;
}

void
fixture_init(struct fixture *fixture)
{
	*fixture = (struct fixture){ 0 };
	ck_assert_int_eq(cr_policy_builder_new(&fixture->builder), CR_OK);
}

void
fixture_clear(struct fixture *fixture)
{
	cr_policy_free(&fixture->policy);
	cr_policy_builder_free(&fixture->builder);
}

void
fixture_add(struct fixture *fixture, const char *ldif)
{
	ck_assert_int_eq(add_ldif(fixture->builder, ldif), CR_OK);
}

void
fixture_add_file(struct fixture *fixture, const char *path)
{
	char *text = read_file(path);

	fixture_add(fixture, text);
	free(text);
}

static void
count_problem(void *arg, struct cr_slice ndn, const char *what)
{
	struct fixture *fixture = arg;

	ck_assert_uint_gt(ndn.len, 0);
	fixture->problems++;
	snprintf(fixture->last_problem, sizeof(fixture->last_problem), "%s",
	    what);
}

void
fixture_compile(struct fixture *fixture)
{
	cr_policy_free(&fixture->policy);
	fixture->problems = 0;
	ck_assert_int_eq(cr_policy_compile(fixture->builder, count_problem,
	    fixture, &fixture->policy), CR_OK);
}

void
fixture_shipped(struct fixture *fixture, const char *ldif)
{
	fixture_init(fixture);
	fixture_add_file(fixture, FIXTURE_PURPOSES);
	if (ldif != NULL)
		fixture_add(fixture, ldif);
	fixture_compile(fixture);
}

int
fixture_try(const char *ldif, struct cr_policy **ret_policy)
{
	struct cr_policy_builder *builder = NULL;
	int rc;

	rc = cr_policy_builder_new(&builder);
	if (rc == CR_OK)
		rc = add_ldif(builder, ldif);
	if (rc == CR_OK)
		rc = cr_policy_compile(builder, NULL, NULL, ret_policy);
	cr_policy_builder_free(&builder);
	return rc;
}

const struct cr_purpose *
fixture_purpose(const struct fixture *fixture, const char *name)
{
	const struct cr_purpose *purpose = cr_policy_purpose(fixture->policy,
	    cr_slice_of(name));

	ck_assert_msg(purpose != NULL, "no purpose %s", name);
	return purpose;
}
