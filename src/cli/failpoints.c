/* failpoints: the table. Contract in failpoints.h. The tidy test holds it against the points in the code. */
#include "cli/failpoints.h"

#include <stdio.h>
#include <stdlib.h>

const struct failpoint FAILPOINTS[] = {
    {"start.key", "the master key is there, the database is not open", false},
    {"open.locked", "the lock is taken, the database is not open", false},
    {"migrate.before_commit", "a new schema is written, not committed", false},
    {"open.migrated", "the schema is up to date, the log not on", false},
    {"epoch.before_id", "a new database has no installation id yet", false},
    {"start.opened", "the database is open and compared with the epoch file", false},
    {"start.recovered", "what was armed is in doubt, nothing else has begun", false},
    {"start.prepared", "keys and identity are there, nothing is served", false},
    {"start.pump", "the sending thread has taken up what was left", false},
    {"start.ready", "everything runs, the first request is served", false},
    {"stop.drained", "no answer is outstanding, everything still runs", false},
    {"stop.stored", "the writer has stopped, the epoch file is not written", false},
    {"file.created", "a key file is begun, and empty", false},
    {"file.written", "a key file is synced under its other name", false},
    {"file.named", "a key file has its name, its directory is not synced", false},
    {"operator_key.stored", "the operator key's hash is stored, its file is not written", false},
    {"epoch.created", "the new epoch file is begun, and empty", false},
    {"epoch.write", "the epoch file is being written", true},
    {"epoch.written", "the new epoch file is synced under its other name", false},
    {"epoch.renamed", "the epoch file has its name, its directory is not synced", false},
    {"store.full", "a commit: the disk is full", true},
    {"store.broken", "a commit: a sync failed, the process must end", true},
    {"store.told", "a commit's changes were handed back to their makers", false},
    {"checkpoint.before", "the log is about to be moved into the database", false},
    {"checkpoint.after", "the log was moved into the database", false},
    {"backup.copied", "a copy is whole, but not synced and without its name", false},
    {"backup.linked", "a copy has both its names", false},
    {"admit.before_commit", "a message is applied, not committed", false},
    {"admit.after_commit", "a message is committed, nobody was told", false},
    {"cancel.after_commit", "a cancellation is committed, nobody was told", false},
    {"http.before_submit", "a request that writes is checked, nothing is stored", false},
    {"http.before_answer", "its commit is durable, the answer is not begun", false},
    {"http.answered", "its answer is out", false},
    {"campaign.after_commit", "a campaign is stored, nobody was told", false},
    {"campaign_state.before_commit", "a campaign's move is applied, not committed", false},
    {"campaign_state.after_commit", "a campaign's move is committed, nobody was told", false},
    {"freeze.before_commit", "a chunk of an audience is applied, not committed", false},
    {"freeze.after_commit", "a chunk of an audience is committed, nobody was told", false},
    {"arm.before_commit", "attempts are applied as armed, not committed", false},
    {"arm.after_commit", "attempts are armed, nobody was told", false},
    {"send.armed", "the sending thread learns what is armed", false},
    {"send.before_first_byte", "a request is about to be begun", false},
    {"send.start", "a request cannot be begun", true},
    {"send.connected", "its connection is there, not a byte has gone", false},
    {"send.last_byte", "its last byte was handed over", false},
    {"send.answer_came", "the first bytes of its answer were read", false},
    {"send.before_record", "its answer is known, not recorded", false},
    {"outcome.before_commit", "answers are applied, not committed", false},
    {"outcome.after_commit", "answers are committed, nobody was told", false},
    {"send.recorded", "the sending thread learns what is recorded", false},
    {"doubt.listed", "a listing for a doubt was read, nothing is concluded", false},
    {"doubt.before_commit", "a doubt's next step is applied, not committed", false},
    {"doubt.after_commit", "a doubt's next step is committed, nobody was told", false},
    {"bind.before_commit", "a message found by listing is applied, not committed", false},
    {"bind.after_commit", "a message found by listing is committed, nobody was told", false},
    {"recover.before_commit", "at start: doubts are applied, not committed", false},
    {"recover.after_commit", "at start: doubts are committed, nobody was told", false},
    {"webhook.before_submit", "a webhook is believed, nothing is stored", false},
    {"account.begun", "a subaccount is about to be made", false},
    {"account.made", "a subaccount may have been made, nothing is stored of it", false},
    {"account.state_begun", "Twilio is about to be told that an account is suspended, active or closed", false},
    {"account.state_told", "Twilio was told, that is not stored", false},
    {"account.token_begun", "a second auth token is about to be made", false},
    {"account.token_made", "a second auth token may have been made, it is not stored", false},
    {"account.promote_begun", "the second auth token is about to become the first", false},
    {"account.promoted", "it may have become the first, that is not stored", false},
    {"account.key_begun", "an API key of an account is about to be made", false},
    {"account.key_made", "an API key may have been made, its secret is not stored", false},
    {"account.sink_made", "a sink of events may have been made, it is not stored", false},
    {"account.subscribed", "a subscription may have been made, it is not stored", false},
    {"status.before_commit", "a status is applied, not committed", false},
    {"status.after_commit", "a status is committed, nobody was told", false},
    {"webhook.before_204", "a status is durable, its webhook is not answered", false},
    {"inbound.before_commit", "an inbound text is applied, not committed", false},
    {"inbound.after_commit", "an inbound text is committed, armed attempts are not withdrawn", false},
    {"webhook.before_twiml", "an inbound text is done with, its webhook is not answered", false},
    {"webhook.answered", "a webhook's answer is out", false},
    {"consent.before_commit", "a consent event is applied, not committed", false},
    {"consent.after_commit", "a consent event is committed, nobody was told", false},
    {"registration.before_commit", "a registration's step is applied, not committed", false},
    {"registration.after_commit", "a registration's step is committed, the worker was not told", false},
    {"registration.answered", "Twilio did what a registration's step asked for, nothing of it is stored", false},
    {"upload.sync", "an upload is being synced", true},
    {"upload.synced", "an upload is on disk, no import names it", false},
    {"import.before_commit", "an import is applied, not committed", false},
    {"import.after_commit", "an import is committed, not answered", false},
    {"import.begin", "the worker has taken up an import", false},
    {"contacts.before_commit", "a batch of contacts is applied, not committed", false},
    {"contacts.after_commit", "a batch of contacts is committed, the worker was not told", false},
    {"import.before_removal", "an import is done, its upload is still there", false},
};
const size_t FAILPOINTS_COUNT = sizeof FAILPOINTS / sizeof FAILPOINTS[0];

enum err failpoints_from_environment(const struct settings *s, struct fault *f)
{
    const char *text = getenv("STERLING_FAILPOINT");

    if (text == NULL || text[0] == '\0') return ERR_OK;
    if (!s->sandbox)
        return fault_set(f, ERR_DENIED, "STERLING_FAILPOINT breaks the server on purpose: it is for the sandbox "
                         "only; unset it, or serve with --sandbox");
    return failpoint_arm(str_from(text), FAILPOINTS, FAILPOINTS_COUNT, f);
}

void failpoints_print(FILE *out)
{
    for (size_t i = 0; i < FAILPOINTS_COUNT; i++)
        (void)fprintf(out, "%-30s %-17s %s\n", FAILPOINTS[i].name,
                      FAILPOINTS[i].can_fail ? "crash|pause|error" : "crash|pause", FAILPOINTS[i].where);
}
