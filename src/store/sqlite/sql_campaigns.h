/* Statements of campaigns, their tallies and runs. */
#ifndef STERLING_STORE_SQLITE_SQL_CAMPAIGNS_H
#define STERLING_STORE_SQLITE_SQL_CAMPAIGNS_H

#define CAMPAIGN_COLUMNS                                                                               \
    "c.id, c.org, c.program, c.list, c.name, c.kind, c.template, c.state, c.why, c.retry_undelivered," \
    " c.validity, c.pause_failures, c.start_at, c.frozen, c.freeze_after, c.rev, c.created, c.started," \
    " c.finished, t.audience, t.segments, t.cost, t.data"
#define CAMPAIGN_FROM " FROM campaigns c JOIN tallies t ON t.campaign = c.id AND t.org = c.org"
#define RUN_COLUMNS "id, campaign, org, zones, carrier, hi, next"

#define SQL_CAMPAIGNS(X)                                                                               \
    X(CAMPAIGN_GET, "SELECT " CAMPAIGN_COLUMNS CAMPAIGN_FROM " WHERE c.org = ? AND c.id = ?")          \
    X(CAMPAIGNS, "SELECT " CAMPAIGN_COLUMNS CAMPAIGN_FROM " WHERE c.org = ? AND c.id < ?"              \
                 " ORDER BY c.id DESC LIMIT ?")                                                        \
    X(CAMPAIGNS_LIVE, "SELECT " CAMPAIGN_COLUMNS CAMPAIGN_FROM " WHERE c.id > ?"                       \
                      " AND c.state IN (2, 3, 4) ORDER BY c.id LIMIT ?")                               \
    X(CAMPAIGN_INSERT, "INSERT INTO campaigns (id, org, program, list, name, kind, template, state, why," \
                       " retry_undelivered, validity, pause_failures, start_at, frozen, freeze_after," \
                       " rev, created, started, finished)"                                             \
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 1, ?, 0, 0)")            \
    X(CAMPAIGN_EDIT, "UPDATE campaigns SET program = ?, list = ?, name = ?, kind = ?, template = ?,"   \
                     " state = ?, why = ?, retry_undelivered = ?, validity = ?, pause_failures = ?,"   \
                     " start_at = ?, rev = ? WHERE org = ? AND id = ?")                                \
    X(CAMPAIGN_FACTS_SAVE, "UPDATE campaigns SET state = ?, rev = ?, frozen = ?, freeze_after = ?,"    \
                           " started = ?, finished = ? WHERE org = ? AND id = ?")                      \
    X(CAMPAIGN_WHY, "UPDATE campaigns SET why = ? WHERE org = ? AND id = ?")                           \
    X(ACKNOWLEDGE, "INSERT INTO acknowledgements (org, campaign, at, said_by, rule_set, findings)"          \
                   " VALUES (?, ?, ?, ?, ?, ?)")                                                       \
    X(ACKNOWLEDGEMENTS, "SELECT id, org, campaign, at, said_by, rule_set, findings FROM acknowledgements"  \
                        " WHERE org = ? AND campaign = ? ORDER BY id LIMIT ?")                         \
    X(TALLY_INSERT, "INSERT INTO tallies (campaign, org, audience, segments, cost, data)"              \
                    " VALUES (?, ?, 0, 0, 0, ?)")                                                      \
    X(TALLY_SAVE, "UPDATE tallies SET audience = ?, segments = ?, cost = ?, data = ?"                  \
                  " WHERE org = ? AND campaign = ?")                                                   \
    X(TALLY_GET, "SELECT data FROM tallies WHERE org = ? AND campaign = ?")                            \
    X(RUN_INSERT, "INSERT INTO runs (id, campaign, org, zones, carrier, hi, next, gone)"               \
                  " VALUES (?, ?, ?, ?, ?, ?, ?, 0)")                                                  \
    X(RUNS, "SELECT " RUN_COLUMNS " FROM runs WHERE org = ? AND campaign = ? AND id > ? AND next < hi" \
            " ORDER BY id LIMIT ?")                                                                    \
    X(RUN_OF, "SELECT id, campaign, hi, next, gone FROM runs WHERE org = ? AND id <= ?"                \
              " ORDER BY id DESC LIMIT 1")                                                             \
    X(RUN_SAVE, "UPDATE runs SET next = ?, gone = ? WHERE org = ? AND id = ?")                         \
    X(RUNS_LEFT, "SELECT carrier, hi - next - gone FROM runs WHERE org = ? AND campaign = ?"           \
                 " AND next < hi")                                                                     \
    X(RUNS_OF_ORG, "SELECT id, hi FROM runs WHERE org = ? AND id < ? ORDER BY id DESC")                \
    X(RUNS_OF_CAMPAIGN, "SELECT id, hi FROM runs WHERE org = ? AND campaign = ? AND id < ?"            \
                        " ORDER BY id DESC")

#endif
