/* What each finding is called, and what to do about it. */
#include "report.h"

const struct cr_finding_text cr_finding_texts[CR_FIND_KINDS] = {
	[CR_FIND_NO_BASE] = { "noBase",
	    "a base that is not there",
	    "Without its customers base the guard has nothing to guard, "
	    "without a policy nobody sees a customer. Add the entry, or name "
	    "the right one." },
	[CR_FIND_NO_PURPOSES] = { "noPurposes",
	    "no purposes",
	    "Without purposes nobody sees a customer. Load purposes.ldif, or "
	    "try it here with --policy-file." },
	[CR_FIND_NOT_CUSTOMER] = { "notCustomer",
	    "entries below the base that are no customers",
	    "No crCustomer, no organizationalUnit, not below a customer: "
	    "with the guard on only rootdn, registrar and replicas see them. "
	    "Add objectClass crCustomer, or move them elsewhere." },
	[CR_FIND_BELOW_DENIED] = { "belowDenied",
	    "customers below such an entry",
	    "Whoever is denied the entry above is denied the customer. Move "
	    "them to the base or to an organizationalUnit." },
	[CR_FIND_CHILD_CLASS] = { "childClass",
	    "entries below customers of a class that no purpose names",
	    "Only purposes that release every class see them. Name the class "
	    "in crReleasesClass of the purposes that need it." },
	[CR_FIND_POLICY_INSIDE] = { "policyInside",
	    "policy below the customers base",
	    "The guard refuses to start: handlers, purposes and recipients "
	    "would be customer data. Move them out of the base." },
	[CR_FIND_NO_UUID] = { "noUuid",
	    "entries without an entryUUID",
	    "The read log names customers by it. Was \"lastmod off\" set when "
	    "they were added, or may this reader not see it? Export with "
	    "slapcat and load with slapadd to give them one." },
	[CR_FIND_SAME_UUID] = { "sameUuid",
	    "customers that share an entryUUID",
	    "The read log could not tell them apart, and an erasure would "
	    "reach the wrong one. Load one of them anew without it." },
	[CR_FIND_VALUE] = { "value",
	    "values that would not pass",
	    "The guard refuses such a value when it is written; a ban nobody "
	    "knows hides from every purpose that a ban can hide from. "
	    "Correct them." },
	[CR_FIND_POLICY] = { "policy",
	    "policy entries that cannot be used as they are",
	    "What is unclear is left out, which denies. Correct them." },
	[CR_FIND_HANDLER] = { "handler",
	    "handlers who would see nothing",
	    "Their confidentiality agreement or their purposes have to be in "
	    "order first." },
	[CR_FIND_SERVICE] = { "service",
	    "services that would see nothing",
	    "Give them crAllowedPurpose to act for a person, and crAutomated "
	    "for what they do alone." },
	[CR_FIND_NO_RULES] = { "noRules",
	    "no access rules",
	    "Without olcAccess slapd lets everybody read everything, "
	    "passwords and policy too. Start from the rules of the sample "
	    "register." },
	[CR_FIND_POLICY_WRITE] = { "policyWrite",
	    "access rules that let others than the registrar write policy",
	    "Whoever writes a handler, service or purpose decides who sees "
	    "whom. The guard refuses it to all but registrar and rootdn; "
	    "until it is on nothing does, and the rules should not say "
	    "otherwise." },
	[CR_FIND_PROXY_WRITE] = { "proxyWrite",
	    "access rules that let people say for whom they act",
	    "Whoever writes authzTo on their own entry, or authzFrom on "
	    "another's, can bind as anybody, the registrar included. Put a "
	    "rule for attrs=authzTo,authzFrom first." },
	[CR_FIND_PASSWORD_READ] = { "passwordRead",
	    "access rules that show passwords",
	    "Whoever reads a handler's password reads as that handler, and "
	    "the read log names the wrong one. Put a rule for "
	    "attrs=userPassword with \"by anonymous auth by self =xw by * "
	    "none\" first." },
	[CR_FIND_UNCLEAR_RULE] = { "unclearRule",
	    "access rules this program does not understand",
	    "They were not looked at. Read them yourself." },
	[CR_FIND_LASTMOD] = { "lastmod",
	    "lastmod is off",
	    "The guard refuses to start: it needs entryUUID. Set olcLastMod "
	    "to TRUE." },
	[CR_FIND_OVERLAY] = { "overlay",
	    "overlays the guard does not stand beside",
	    "They keep or show entries past the guard, which refuses to "
	    "start. Remove them from this database." },
	[CR_FIND_PERSONAL_DN] = { "personalDn",
	    "customers whose DN names a person",
	    "DNs end up in logs, caches and references. Numbers are "
	    "recommended, not required: uid=c10001. Rename with ldapmodrdn "
	    "before the guard is on." },
	[CR_FIND_IDLE_UNTIL] = { "idleUntil",
	    "ends of bans that are not set",
	    "Such a crBanUntil would end the ban when it is set next. Delete "
	    "it." },
	[CR_FIND_REFERENCE] = { "reference",
	    "values elsewhere that name customers",
	    "With the guard on they are left out for readers who do not see "
	    "the customer; other directories and programs still show them." },
	[CR_FIND_NO_READ] = { "noRead",
	    "access rules that show handlers no customer",
	    "Right as long as the guard is off. It only takes away: what "
	    "slapd's rules deny stays denied, so once it is on, and not "
	    "before, give users read (or write) on the customers base." },
	[CR_FIND_ANONYMOUS_READ] = { "anonymousRead",
	    "access rules that show entries to anonymous",
	    "The guard hides customers from anonymous; handlers, services "
	    "and the rest of the policy are up to these rules." },
	[CR_FIND_MEMBER_WRITE] = { "memberWrite",
	    "access rules that let a group write policy",
	    "The guard refuses it to all but registrar and rootdn. Is "
	    "everyone in the group meant to?" },
	[CR_FIND_UNCHECKED] = { "unchecked",
	    "limits that tell how many entries are hidden",
	    "size.unchecked counts candidates before the guard looks at "
	    "them, so adminLimitExceeded tells that somebody is there. Do "
	    "not set it for readers the guard restricts." },
	[CR_FIND_LOG] = { "log",
	    "slapd logs names",
	    "This log level writes the DNs and filters of operations to "
	    "syslog, names and addresses in them included. Set olcLogLevel "
	    "to none, or keep that log as you keep the register." },
	[CR_FIND_READER] = { "reader",
	    "not read as the rootdn",
	    "What the access rules hide from this reader was not counted. "
	    "Bind as the rootdn of the database." }
};
