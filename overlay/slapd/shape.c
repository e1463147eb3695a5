/*
 * What the read log says of a request without saying what was looked for: the
 * attributes and operators of a filter, and which attributes the reader was
 * given at most.
 *
 * Names are those of the schema, of types without options: what a client
 * makes up (an attribute nobody defined, an option) is free text.
 */
#include "guard.h"

/* A longer shape ends in "...". */
#define SHAPE_MAX 400
#define DEPTH_MAX 20

struct shape {
	char *text;
	size_t len;
	bool full;
};

static void
put(struct shape *shape, const char *text, size_t len)
{
	if (shape->full || shape->len + len > SHAPE_MAX) {
		shape->full = true;
		return;
	}
	memcpy(shape->text + shape->len, text, len);
	shape->len += len;
}

static void
put_text(struct shape *shape, const char *text)
{
	put(shape, text, strlen(text));
}

static void
put_desc(struct shape *shape, const AttributeDescription *desc)
{
	if (desc == NULL || (desc->ad_flags & SLAP_DESC_TEMPORARY) != 0 ||
	    desc->ad_type == slap_schema.si_at_undefined)
		put_text(shape, "?");
	else
		put(shape, desc->ad_type->sat_cname.bv_val,
			desc->ad_type->sat_cname.bv_len);
}

static void
put_extensible(struct shape *shape, const MatchingRuleAssertion *mra)
{
	if (mra->ma_desc != NULL)
		put_desc(shape, mra->ma_desc);
	if (mra->ma_dnattrs)
		put_text(shape, ":dn");
	if (mra->ma_rule != NULL) {
		put_text(shape, ":");
		put_text(shape, mra->ma_rule->smr_oid);
	}
	put_text(shape, ":=");
}

static bool
is_carrier(const Filter *f)
{
	return f->f_choice == LDAP_FILTER_NOT &&
	    f->f_not->f_choice == LDAP_FILTER_EQUALITY &&
	    f->f_not->f_av_value.bv_val == cr_carrier_value.bv_val;
}

static void put_filter(struct shape *shape, const Filter *f, unsigned depth);

static void
put_list(struct shape *shape, const char *sign, const Filter *list,
	unsigned depth)
{
	put_text(shape, sign);
	for (const Filter *f = list; f != NULL; f = f->f_next) {
		if (!is_carrier(f))
			put_filter(shape, f, depth + 1);
	}
}

static void
put_leaf(struct shape *shape, const AttributeDescription *desc,
	const char *operator)
{
	put_desc(shape, desc);
	put_text(shape, operator);
}

static void
put_filter(struct shape *shape, const Filter *f, unsigned depth)
{
	if (depth > DEPTH_MAX) {
		shape->full = true;
		return;
	}
	put_text(shape, "(");
	switch (f->f_choice & SLAPD_FILTER_MASK) {
	case LDAP_FILTER_AND:
		put_list(shape, "&", f->f_and, depth);
		break;
	case LDAP_FILTER_OR:
		put_list(shape, "|", f->f_or, depth);
		break;
	case LDAP_FILTER_NOT:
		put_list(shape, "!", f->f_not, depth);
		break;
	case LDAP_FILTER_EQUALITY:
		put_leaf(shape, f->f_av_desc, "=");
		break;
	case LDAP_FILTER_GE:
		put_leaf(shape, f->f_av_desc, ">=");
		break;
	case LDAP_FILTER_LE:
		put_leaf(shape, f->f_av_desc, "<=");
		break;
	case LDAP_FILTER_APPROX:
		put_leaf(shape, f->f_av_desc, "~=");
		break;
	case LDAP_FILTER_PRESENT:
		put_leaf(shape, f->f_desc, "=*");
		break;
	case LDAP_FILTER_SUBSTRINGS:
		put_leaf(shape, f->f_sub_desc, "=*?*");
		break;
	case LDAP_FILTER_EXT:
		put_extensible(shape, f->f_mra);
		break;
	default:
		put_text(shape, "?");
		break;
	}
	put_text(shape, ")");
}

/* In the operation's memory. */
void
cr_shape_filter(Operation *op, struct cr_slice *ret_shape)
{
	struct shape shape = { NULL, 0, false };
	const Filter *f = op->ors_filter;

	shape.text = op->o_tmpalloc(SHAPE_MAX + 3, op->o_tmpmemctx);
	/* as wrapped: the first term is the client's */
	if ((f->f_choice & SLAPD_FILTER_MASK) == LDAP_FILTER_AND &&
	    f->f_and != NULL && f->f_and->f_next != NULL &&
	    is_carrier(f->f_and->f_next) && f->f_and->f_next->f_next == NULL)
		f = f->f_and;
	put_filter(&shape, f, 0);
	if (shape.full) {
		memcpy(shape.text + shape.len, "...", 3);
		shape.len += 3;
	}
	*ret_shape = (struct cr_slice){ shape.text, shape.len };
}

/* ---- the attributes ------------------------------------------------------ */

#define NAMES_MAX 250

struct names {
	const struct cr_view *view;
	struct cr_slice *list;
	size_t count;
};

static void
add_name(struct names *names, struct cr_slice name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (cr_slice_equal(names->list[i], name))
			return;
	}
	if (names->count < NAMES_MAX)
		names->list[names->count++] = name;
}

static void
add_type(struct names *names, const AttributeType *type)
{
	if (type != cr_schema.user_password->ad_type)
		add_name(names, cr_slice_bv(&type->sat_cname));
}

static bool
class_released(const struct names *names, const struct cr_class_slot *class)
{
	return names->view->grant.purpose->children_all ||
	    (class->released_by & names->view->bit) != 0;
}

/* The types of the children that the purpose releases; NULL: all of them. */
static void
add_of_children(struct names *names, const AttributeType *wanted)
{
	const struct cr_snapshot *snapshot = names->view->snapshot;

	for (unsigned i = 0; i < snapshot->class_count; i++) {
		ObjectClass *oc;
		AttributeType **lists[2];

		if (!class_released(names, &snapshot->classes[i]) ||
		    (oc = oc_bvfind(&snapshot->classes[i].name)) == NULL)
			continue;
		lists[0] = oc->soc_required;
		lists[1] = oc->soc_allowed;
		for (unsigned l = 0; l < 2; l++) {
			for (AttributeType **t = lists[l]; t && *t; t++) {
				if (wanted == NULL ||
				    is_at_subtype(*t, (AttributeType *)
				    (uintptr_t)wanted))
					add_type(names, *t);
			}
		}
	}
}

static void
add_listed(struct names *names, const AttributeType *wanted)
{
	const struct cr_snapshot *snapshot = names->view->snapshot;

	for (unsigned i = 0; i <= snapshot->slot_mask; i++) {
		const struct cr_attr_slot *slot = &snapshot->slots[i];

		if (slot->type != NULL &&
		    (slot->released_by & names->view->bit) != 0 &&
		    (wanted == NULL || is_at_subtype(slot->type,
		    (AttributeType *)(uintptr_t)wanted)))
			add_type(names, slot->type);
	}
}

/* What a purpose releases at most; kept with the snapshot. */
struct cr_shape_list {
	size_t count;
	struct cr_slice names[];
};

static const struct cr_shape_list *
all_types(const struct cr_view *view)
{
	_Atomic(struct cr_shape_list *) *place =
	    &view->snapshot->all_types[view->grant.purpose->index];
	struct cr_shape_list *list = atomic_load_explicit(place,
		memory_order_acquire);
	struct cr_shape_list *none = NULL;
	struct cr_slice space[NAMES_MAX];
	struct names names = { view, space, 0 };

	if (list != NULL)
		return list;
	add_type(&names, slap_schema.si_ad_objectClass->ad_type);
	add_listed(&names, NULL);
	add_of_children(&names, NULL);
	list = ch_malloc(sizeof(*list) + names.count * sizeof(space[0]));
	list->count = names.count;
	memcpy(list->names, space, names.count * sizeof(space[0]));
	if (atomic_compare_exchange_strong(place, &none, list))
		return list;
	ch_free(list);
	return none;
}

void
cr_shape_forget(struct cr_snapshot *snapshot)
{
	for (unsigned i = 0; snapshot->all_types != NULL &&
	    i <= snapshot->purpose_count; i++)
		ch_free(atomic_load(&snapshot->all_types[i]));
	ch_free((void *)snapshot->all_types);
}

static void
add_user(struct names *names)
{
	const struct cr_shape_list *list;

	if (names->view->grant.purpose->release != CR_RELEASE_LISTED) {
		add_name(names, CR_SLICE_LITERAL("*"));
		return;
	}
	list = all_types(names->view);
	for (size_t i = 0; i < list->count; i++)
		add_name(names, list->names[i]);
}

static void
work_out(struct names *names, const AttributeDescription *desc)
{
	const struct cr_purpose *purpose = names->view->grant.purpose;

	if (desc == slap_schema.si_ad_objectClass ||
	    purpose->release == CR_RELEASE_OPERATIONAL ||
	    (purpose->release == CR_RELEASE_USER &&
	    !is_at_operational(desc->ad_type))) {
		add_type(names, desc->ad_type);
		return;
	}
	if (is_at_operational(desc->ad_type)) {
		if (purpose->release == CR_RELEASE_USER)
			add_type(names, desc->ad_type);
		return;
	}
	add_listed(names, desc->ad_type);
	add_of_children(names, desc->ad_type);
}

/* By purpose and description; most are released as they are, or not. */
enum { SHAPE_UNKNOWN, SHAPE_NONE, SHAPE_ITSELF, SHAPE_MORE };

static unsigned char
classify(const struct cr_view *view, const AttributeDescription *desc)
{
	struct cr_slice space[NAMES_MAX];
	struct names names = { view, space, 0 };

	work_out(&names, desc);
	if (names.count == 0)
		return SHAPE_NONE;
	return names.count == 1 && cr_slice_equal(space[0],
		cr_slice_bv(&desc->ad_type->sat_cname)) ?
		SHAPE_ITSELF : SHAPE_MORE;
}

static void
add_wanted(struct names *names, const AttributeDescription *desc)
{
	const struct cr_view *view = names->view;
	_Atomic unsigned char *memo;
	unsigned char known;

	if ((desc->ad_flags & SLAP_DESC_TEMPORARY) != 0)
		return;
	if (desc->ad_index == 0 || desc->ad_index >= CR_MEANINGS) {
		work_out(names, desc);
		return;
	}
	memo = view->snapshot->shapes + desc->ad_index +
	    (size_t)view->grant.purpose->index * CR_MEANINGS;
	known = atomic_load_explicit(memo, memory_order_relaxed);
	if (known == SHAPE_UNKNOWN) {
		known = classify(view, desc);
		atomic_store_explicit(memo, known, memory_order_relaxed);
	}
	if (known == SHAPE_ITSELF)
		add_type(names, desc->ad_type);
	else if (known == SHAPE_MORE)
		work_out(names, desc);
}

static void
add_asked(struct names *names, const AttributeName *asked)
{
	if (asked == NULL) {
		add_user(names);
		return;
	}
	for (; !BER_BVISNULL(&asked->an_name); asked++) {
		if (asked->an_desc != NULL)
			add_wanted(names, asked->an_desc);
		else if (asked->an_oc != NULL ||
		    bvmatch(&asked->an_name, slap_bv_all_user_attrs))
			add_user(names);
		else if (bvmatch(&asked->an_name,
		    slap_bv_all_operational_attrs) &&
		    names->view->grant.purpose->release !=
		    CR_RELEASE_LISTED)
			add_name(names, CR_SLICE_LITERAL("+"));
	}
}

/*
 * The upper bound of what this operation gives the reader of an entry: what
 * was asked for and the purpose releases (slapd's ACLs can take away more).
 * In the operation's memory; the names are the schema's.
 */
void
cr_shape_attributes(const struct cr_view *view, Operation *op,
	const struct cr_slice **ret_names, size_t *ret_count)
{
	struct names names = { view, NULL, 0 };

	*ret_names = NULL;
	*ret_count = 0;
	if (view->grant.purpose == NULL || view->snapshot == NULL)
		return;
	names.list = op->o_tmpalloc(NAMES_MAX * sizeof(*names.list),
		op->o_tmpmemctx);
	if (op->o_tag == LDAP_REQ_SEARCH) {
		add_asked(&names, op->ors_attrs);
	} else if (op->o_tag == LDAP_REQ_COMPARE) {
		add_wanted(&names, op->orc_ava->aa_desc);
	} else {
		if (op->o_preread > SLAP_CONTROL_IGNORED)
			add_asked(&names, op->o_preread_attrs);
		if (op->o_postread > SLAP_CONTROL_IGNORED)
			add_asked(&names, op->o_postread_attrs);
	}
	*ret_names = names.list;
	*ret_count = names.count;
}
