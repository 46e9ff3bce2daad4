/* a2p_phrases: the lists. Contract in a2p_phrases.h. */
#include "rules/a2p_phrases.h"

#include "rules/a2p_check.h"

const char A2P_SAYS_TEXTS[] = "sms|text|texts|text message*|text-message*|texting|message*|mms|mensaje*|texto|textos|"
                              "messages texte|message texte";
const char A2P_SAYS_FREQUENCY[] =
    "frequency|msgs/month|msg/month|messages per month|messages a month|per week|per day|per month|a week|a month|"
    "/month|/mo|/week|freq varies|freq. varies|volume varies|msgs vary|messages vary|one message per*|recurring|"
    "frecuencia|mensajes al mes|mensajes por mes|"
    "mensajes por semana|al mes|por semana|por cita|fréquence|messages par mois|par mois|par semaine|récurrent*";
const char A2P_SAYS_RATES[] =
    "message and data rates|message & data rates|msg & data rates|msg and data rates|data rates may apply|"
    "msg&data rates|data rates*|rates may apply|message/data rates|messaging and data rates|standard rates|"
    "standard message rates|carrier rates|"
    "tarifas de mensaje*|tarifas de datos|tarifas por mensaje*|tarifas estándar|cargos por mensaje*|"
    "cargos de mensaje*|frais de message*|frais de données|frais de messagerie|tarifs de message*|"
    "frais standard*|des frais*";
/* Not "alto" alone, which is a city, too. Capitals beyond ASCII are letters of their own. */
const char A2P_SAYS_STOP[] = "stop|alto para|alto al|responda alto|responde alto|responder alto|envíe alto|envie alto|"
                             "envía alto|la palabra alto|parar para|responda parar|arret|arrêt|arrÊt";
const char A2P_SAYS_HELP[] = "help|ayuda|aide";
const char A2P_SAYS_TERMS[] = "terms|términos|terminos|condiciones|conditions";
const char A2P_SAYS_PRIVACY[] = "privacy|privacidad|confidentialité|confidentialite|vie privée|protection des données";
const char A2P_SAYS_NO_MORE[] =
    "no more|no further|not receive|unsubscribed|opted out|won't receive|removed|no longer|not be sent|no recibirá|"
    "no recibira|no recibirás|dado de baja|dada de baja|no le enviaremos|no más mensajes|no mas mensajes|cancelad*|"
    "ne recevrez plus|ne recevrez aucun*|désabonné*|désinscrit*|plus de messages|plus aucun*";

static size_t count_said(struct str text, const char *const *words)
{
    size_t n = 0;

    for (; *words != NULL; words++) n += a2p_says(text, *words);
    return n;
}

bool a2p_is_foreign(struct str text)
{
    enum { SURE_LEAST = 4 };
    static const char *const english[] = {"the", "and", "to", "of", "for", "with", "their", "our", "who", "that",
                                          "are", "is", "by", "on", "at", "you", "we", "this", "or", "from", NULL};
    static const char *const others[] = {"de", "la", "los", "las", "para", "que", "por", "con", "una", "del", "sus",
                                         "le", "les", "des", "pour", "une", "nous", "vous", "avec", "aux", "et",
                                         "dans", "leurs", "y", "el", "en", NULL};
    size_t foreign = count_said(text, others);

    return foreign >= SURE_LEAST && foreign > 2 * count_said(text, english);
}
