/*
 * Aliases that lead to a hidden customer and referrals below one are aliases
 * to nothing and nothing.
 */
#include "harness.h"

#define ALIAS(rdn, target)                \
	"dn: cn=" rdn "," STAFF "\n"      \
	"objectClass: alias\n"            \
	"objectClass: extensibleObject\n" \
	"cn: " rdn "\n"                   \
	"aliasedObjectName: " target "\n\n"

static const char both[] = ALIAS("nakyva", C(10001)) ALIAS("kielto", C(10002))
    ALIAS("rajattu", C(10006))
	ALIAS("lapsi", "crAssignmentNumber=A10006-1," C(10006))
	    ALIAS("poissa", C(99999)) ALIAS("asiakkaat", CUSTOMERS)
		ALIAS("ketju", "cn=rajattu," STAFF)
		    ALIAS("henkilo", "uid=ulla," STAFF);
/* below the hidden, and in the base itself */
static const char with_hidden[] = "dn: cn=muualla," C(
    10006) "\n"
	   "objectClass: referral\n"
	   "objectClass: extensibleObject\n"
	   "cn: muualla\n"
	   "ref: ldap://muualla.example/cn=x\n"
	   "\n"
	   "dn: cn=alias," C(
	       10006) "\n"
		      "objectClass: alias\n"
		      "objectClass: extensibleObject\n"
		      "cn: alias\n"
		      "aliasedObjectName: uid=ulla," STAFF "\n"
		      "\n"
		      "dn: cn=viite," CUSTOMERS "\n"
		      "objectClass: referral\n"
		      "objectClass: extensibleObject\n"
		      "cn: viite\n"
		      "ref: ldap://muualla.example/cn=y\n"
		      "\n"
		      "dn: ou=alias," CUSTOMERS "\n"
		      "objectClass: alias\n"
		      "objectClass: extensibleObject\n"
		      "ou: alias\n"
		      "aliasedObjectName: " C(
			  10006) "\n"
				 "\n"
				 "dn: ou=viiteyksikko," CUSTOMERS "\n"
				 "objectClass: referral\n"
				 "objectClass: extensibleObject\n"
				 "ou: viiteyksikko\n"
				 "ref: ldap://muualla.example/ou=z\n"
				 "\n";

static const struct cr_setup a = { .customers = 10,
	.ldif = both,
	.more_ldif = with_hidden };
static const struct cr_setup b = { .customers = 10, .ldif = both };
static struct cr_pair pairs[CR_READERS];

static void
start(void)
{
	for (size_t i = 0; i < CR_READERS; i++) {
		struct cr_setup *own = cr_keep(sizeof(*own));

		if (i > 0 && cr_readers[i].hidden == cr_readers[i - 1].hidden) {
			pairs[i] = pairs[i - 1];
			continue;
		}
		*own = b;
		own->omit = cr_readers[i].hidden;
		pairs[i] = cr_pair_start_two(&a, own);
	}
}

static void
stop(void)
{
	cr_pairs_stop(pairs, CR_READERS);
}

/* A base, asked in each way of following aliases. */
#define EACH(d, s)                                                          \
	{ .name = d ", never", .dn = d, .scope = s, .attrs = "cn uid" },    \
	    { .name = d ", searching",                                      \
		    .dn = d,                                                \
		    .scope = s,                                             \
		    .deref = 1,                                             \
		    .attrs = "cn uid" },                                    \
	    { .name = d ", finding",                                        \
		    .dn = d,                                                \
		    .scope = s,                                             \
		    .deref = 2,                                             \
		    .attrs = "cn uid" },                                    \
	    { .name = d ", always",                                         \
		    .dn = d,                                                \
		    .scope = s,                                             \
		    .deref = 3,                                             \
		    .attrs = "cn uid" },                                    \
	{                                                                   \
		.name = d ", ManageDsaIT", .dn = d, .scope = s, .deref = 3, \
		.attrs = "cn uid", .controls = {                            \
			{ CTL_MANAGE_DSAIT }                                \
		}                                                           \
	}

static const struct cr_request requests[] = {
	EACH("cn=nakyva," STAFF, BASE),
	EACH("cn=kielto," STAFF, BASE),
	EACH("cn=rajattu," STAFF, BASE),
	EACH("cn=lapsi," STAFF, BASE),
	EACH("cn=poissa," STAFF, BASE),
	EACH("cn=asiakkaat," STAFF, BASE),
	EACH("cn=asiakkaat," STAFF, ONE),
	EACH("cn=asiakkaat," STAFF, SUB),
	EACH("uid=c10002,cn=asiakkaat," STAFF, BASE),
	EACH("uid=c10006,cn=asiakkaat," STAFF, BASE),
	EACH("uid=c99999,cn=asiakkaat," STAFF, BASE),
	EACH("cn=x,uid=c10006,cn=asiakkaat," STAFF, BASE),
	EACH("cn=ketju," STAFF, BASE),
	EACH("cn=x,cn=rajattu," STAFF, BASE),
	EACH("cn=x,cn=kielto," STAFF, SUB),
	EACH("crAssignmentNumber=A10006-1,cn=rajattu," STAFF, BASE),
	EACH("cn=henkilo," STAFF, BASE),
	EACH(STAFF, ONE),
	EACH(STAFF, SUB),
	EACH(SUFFIX, SUB),
	EACH(CUSTOMERS, ONE),
	EACH(CUSTOMERS, SUB),
	EACH("cn=muualla," C(10006), BASE),
	EACH("cn=x,cn=muualla," C(10006), BASE),
	EACH("cn=alias," C(10006), BASE),
	EACH("cn=x,cn=alias," C(10006), BASE),
	EACH("cn=viite," CUSTOMERS, BASE),
	EACH("cn=x,cn=viite," CUSTOMERS, BASE),
	EACH("ou=alias," CUSTOMERS, BASE),
	EACH("cn=x,ou=alias," CUSTOMERS, BASE),
	EACH("ou=viiteyksikko," CUSTOMERS, BASE),
	EACH("cn=x,ou=viiteyksikko," CUSTOMERS, SUB),
	{ .name = "aliases by their target",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(aliasedObjectName=" C(10006) ")" },
	{ .name = "aliases",
	    .dn = STAFF,
	    .scope = SUB,
	    .filter = "(objectClass=alias)" },
	{ .name = "referrals",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(objectClass=referral)" },
	{ .name = "referrals managed",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(ref=*)",
	    .controls = { { CTL_MANAGE_DSAIT } } },
	{ .name = "compare below a referral",
	    .kind = CR_COMPARE,
	    .dn = "cn=x,cn=muualla," C(10006),
	    .attr = "cn",
	    .value = "x" },
	{ .name = "compare a referral",
	    .kind = CR_COMPARE,
	    .dn = "cn=viite," CUSTOMERS,
	    .attr = "cn",
	    .value = "viite" },
	{ .name = "compare an alias",
	    .kind = CR_COMPARE,
	    .dn = "cn=rajattu," STAFF,
	    .attr = "aliasedObjectName",
	    .value = C(10006) },
	{ .name = "delete below a referral",
	    .kind = CR_DELETE,
	    .dn = "cn=x,cn=muualla," C(10006) },
	{ .name = "delete a referral",
	    .kind = CR_DELETE,
	    .dn = "cn=viite," CUSTOMERS },
	{ .name = "delete a referral managed",
	    .kind = CR_DELETE,
	    .dn = "cn=viite," CUSTOMERS,
	    .controls = { { CTL_MANAGE_DSAIT } } },
	{ .name = "modify below a referral",
	    .kind = CR_MODIFY,
	    .dn = "cn=x,cn=viite," CUSTOMERS,
	    .lines = { "=cn: x" } },
	{ .name = "add below a referral",
	    .kind = CR_ADD,
	    .dn = "cn=x,cn=viite," CUSTOMERS,
	    .lines = { "objectClass: device", "cn: x" } },
	{ .name = "add below a referral of the hidden",
	    .kind = CR_ADD,
	    .dn = "cn=x,cn=muualla," C(10006),
	    .lines = { "objectClass: device", "cn: x" } },
	{ .name = "rename below a referral",
	    .kind = CR_MODRDN,
	    .dn = "cn=x,cn=viite," CUSTOMERS,
	    .rdn = "cn=y" },
	{ .name = "modify through an alias",
	    .kind = CR_MODIFY,
	    .dn = "cn=x,cn=rajattu," STAFF,
	    .lines = { "=cn: x" } },
};

START_TEST(hidden_is_not_reached)
	{
		cr_pairs_same(pairs, CR_READERS, &requests[_i]);
	}
END_TEST

START_TEST(visible_is_reached)
	{
		static const struct cr_request through = {
			.dn = "cn=nakyva," STAFF,
			.deref = 3,
			.attrs = "uid"
		};

		expect_uids(cr_ask_as(pairs[MIKKO].a, "mikko", &through),
		    "c10001");
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "aliases and referrals", start, stop);

	tcase_add_test(tc, visible_is_reached);
	tcase_add_loop_test(tc, hidden_is_not_reached, 0, COUNT(requests));
}

int
main(void)
{
	return cr_suite_run("alias_referral", fill);
}
