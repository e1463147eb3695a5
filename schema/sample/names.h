/*
 * Names of the sample's customers: common Finnish and Finland-Swedish ones,
 * put together at random.
 */
#ifndef CR_SAMPLE_NAMES_H
#define CR_SAMPLE_NAMES_H

static const char *const given_names[] = { "Aapo", "Aarne", "Ahti", "Aili",
	"Aimo", "Airi", "Aleksi", "Alli", "Anja", "Anneli", "Antero", "Antti",
	"Anu", "Armas", "Arto", "Asta", "Björn", "Bo-Göran", "Eeva", "Eila",
	"Elina", "Emmi", "Erkki", "Esa", "Essi", "Gösta", "Göran", "Hanna",
	"Hannele", "Hannu", "Harri", "Heikki", "Helena", "Helvi", "Hilkka",
	"Håkan", "Iiris", "Ilkka", "Ilmari", "Inkeri", "Irja", "Irma", "Jaakko",
	"Jari", "Johanna", "Jorma", "Jouko", "Juha", "Juhani", "Jukka", "Jyrki",
	"Jörgen", "Kaarina", "Kaija", "Kalevi", "Kari", "Katja", "Kauko",
	"Kerttu", "Kirsti", "Kyösti", "Käthe", "Lars-Åke", "Lasse", "Lauri",
	"Leevi", "Leila", "Maarit", "Maija", "Marja-Leena", "Markku", "Martti",
	"Matti", "Mauri", "Merja", "Mirja", "Märta", "Niilo", "Oiva", "Olavi",
	"Onni", "Osmo", "Outi", "Pentti", "Pertti", "Petri", "Pirjo", "Pirkko",
	"Päivi", "Päiviö", "Pär", "Raija", "Raimo", "Rauha", "Riitta", "Risto",
	"Ritva", "Sakari", "Salme", "Sanna", "Satu", "Seppo", "Simo", "Sirkka",
	"Sisko", "Sören", "Tapio", "Tarja", "Tauno", "Terttu", "Timo", "Toini",
	"Toivo", "Tuomas", "Tuula", "Tyyne", "Urho", "Usko", "Veijo", "Vesa",
	"Vieno", "Vilho", "Väinö", "Ylermi", "Yrjö", "Åke", "Åsa", "Östen" };

static const char *const surnames[] = { "Aalto", "Ahonen", "Andersson",
	"Björklund", "Eskelinen", "Forsström", "Granlund", "Haapala",
	"Hakkarainen", "Hallikainen", "Hämäläinen", "Hänninen", "Häkkinen",
	"Harju", "Heikkilä", "Heikkinen", "Heinonen", "Hiltunen", "Hirvonen",
	"Holmström", "Honkanen", "Huttunen", "Hyvönen", "Immonen", "Jokinen",
	"Jääskeläinen", "Jäntti", "Järvinen", "Kallio", "Karjalainen",
	"Kärkkäinen", "Kauppinen", "Kettunen", "Kinnunen", "Koivisto",
	"Kokkonen", "Korhonen", "Koskinen", "Kröger", "Kukkonen", "Kähkönen",
	"Laaksonen", "Laine", "Laitinen", "Lappalainen", "Lehtimäki",
	"Lehtonen", "Leppänen", "Lindström", "Lähdesmäki", "Lönnqvist",
	"Manninen", "Mattila", "Miettinen", "Mustonen", "Mykkänen", "Myllylä",
	"Mäenpää", "Mäkelä", "Mäkinen", "Määttä", "Nieminen", "Niskanen",
	"Nurmi", "Nyström", "Närhi", "Ojala", "Oksanen", "Ollikainen",
	"Partanen", "Pekkarinen", "Pelkonen", "Peltola", "Pesonen", "Pitkänen",
	"Pöllänen", "Pöyhönen", "Rantanen", "Räisänen", "Räsänen", "Rissanen",
	"Ruotsalainen", "Räty", "Rönkkö", "Saarinen", "Salminen", "Salonen",
	"Savolainen", "Seppälä", "Sillanpää", "Sjöberg", "Söderholm",
	"Söderström", "Tanskanen", "Toivonen", "Tolonen", "Turunen", "Tuominen",
	"Törmänen", "Törnqvist", "Uusitalo", "Vainio", "Vesterinen", "Virtanen",
	"Väisänen", "Väyrynen", "Wikström", "Yli-Häyry", "Ylönen", "Äijälä",
	"Åkerblom", "Åström", "Öhman", "Öster" };

#endif
