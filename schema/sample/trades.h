/* What the sample's customers do, order, and where their data came from. */
#ifndef CR_SAMPLE_TRADES_H
#define CR_SAMPLE_TRADES_H

/* Before and after a surname. */
static const char *const organisations[][2] = { { "", " Oy" },
	{ "", " & Pojat Oy" }, { "", " Ky" }, { "Tmi ", "" },
	{ "Kuljetusliike ", "" }, { "Rakennus ", " Oy" },
	{ "Sähkötyö ", " Oy" }, { "Maalausliike ", "" }, { "Konditoria ", "" },
	{ "Kirjanpito ", " Oy" }, { "Puusepänliike ", "" },
	{ "Lääkäriasema ", "" }, { "Ab ", " Oy" }, { "Hääpalvelu ", "" },
	{ "Metsäpalvelu ", "" }, { "LVI-", " Oy" } };

static const char *const titles[] = { "toimitusjohtaja", "ostopäällikkö",
	"talouspäällikkö", "yrittäjä", "isännöitsijä", "työnjohtaja",
	"kirjanpitäjä", "myyntineuvottelija" };

static const char *const assignments[] = { "Kattoremontti",
	"Lämpöpumpun asennus", "Sähkötöiden suunnittelu",
	"Kylpyhuoneen remontti", "Ikkunoiden vaihto", "Pihatyöt",
	"Julkisivun maalaus", "Tilinpäätöksen laatiminen", "Kuljetus",
	"Käännöstyö", "Verkkosivujen päivitys", "Hälytysjärjestelmän huolto",
	"Puunkaato", "Muutto", "Öljysäiliön tarkastus", "Näyttelyn pystytys" };

/* Kind and text of a crSource value. */
static const char *const sources[][2] = {
	{ "registration", "rekisteröityminen verkkopalvelussa" },
	{ "registration", "rekisteröityminen myymälässä" },
	{ "customerNotice", "asiakkaan ilmoitus puhelimitse" },
	{ "customerNotice", "asiakkaan kirje" },
	{ "authority", "Digi- ja väestötietovirasto" },
	{ "updateService", "osoitteiden päivityspalvelu" },
	{ "subcontractor", "alihankkijan ilmoitus" },
	{ "partnerSite", "yhteistyökumppanin sivusto, kutsulinkki" }
};

#endif
