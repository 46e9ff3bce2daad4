/* a2p_phrases: the lists. Contract in a2p_phrases.h. */
#include "rules/a2p_phrases.h"

const char A2P_SAYS_TEXTS[] = "sms|text|texts|text message*|text-message*|texting|message*|mms|mensaje*|texto|textos|"
                              "messages texte|message texte";
const char A2P_SAYS_FREQUENCY[] =
    "frequency|msgs/month|msg/month|messages per month|messages a month|per week|per day|per month|a week|a month|"
    "/month|/mo|/week|one message per*|message per*|recurring|frecuencia|mensajes al mes|mensajes por mes|"
    "mensajes por semana|al mes|por semana|por cita|fréquence|messages par mois|par mois|par semaine|récurrent*";
const char A2P_SAYS_RATES[] =
    "message and data rates|message & data rates|msg & data rates|msg and data rates|data rates may apply|"
    "msg&data rates|message/data rates|messaging and data rates|standard rates|standard message rates|carrier rates|"
    "tarifas de mensaje*|tarifas de datos|tarifas por mensaje*|tarifas estándar|cargos por mensaje*|"
    "cargos de mensaje*|frais de message*|frais de données|frais de messagerie|tarifs de message*|"
    "frais standard*|des frais*";
const char A2P_SAYS_STOP[] = "stop|alto|parar|arret|arrêt|arrÊt"; /* capitals beyond ASCII are letters of their own */
const char A2P_SAYS_HELP[] = "help|ayuda|aide|info";
const char A2P_SAYS_TERMS[] = "terms|términos|terminos|condiciones|conditions";
const char A2P_SAYS_PRIVACY[] = "privacy|privacidad|confidentialité|confidentialite|vie privée|protection des données";
