/*
 * site_fuzz: any bytes are a page with bounded words, links that lie within them, and findings that are in the table;
 * whatever is judged of it lies within it. Its length says as which page it is judged, because all four cost four times
 * as much and find nothing else.
 */
#include "rules/site_judge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(struct str inner, struct str outer)
{
    return inner.len == 0 || (inner.at >= outer.at && inner.at + inner.len <= outer.at + outer.len);
}

static void judge(const struct site_page *page, enum site_place place)
{
    static const struct a2p_facts facts = {.at = {[A2P_BRAND_NAME] = STR("Acme"), [A2P_LEGAL_NAME] = STR("Acme LLC")}};
    struct str url = STR("https://acme.example/");
    struct site_visit visit = {.place = place, .outcome = SITE_READ, .url = url, .page = page};
    struct site_findings found;

    site_judge(&facts, BRAND_STANDARD, &visit, 1, &found);
    for (size_t i = 0; i < found.count; i++) {
        struct a2p_finding told;
        site_finding_tell(&found.at[i], &told);
        BUG_IF(told.severity > found.worst);
        BUG_IF(!is_within(told.words, url) && !is_within(told.words, buf_str(&page->words)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str html = {(const char *)data, size};
    struct site_page *page = malloc(sizeof *page);

    if (page == NULL) return 0;
    if (size <= 65536 && site_text_read(html, page) == ERR_OK) {
        BUG_IF(page->words.len > SITE_WORDS_BYTES || !str_is_utf8(buf_str(&page->words), NULL));
        BUG_IF(!str_is_utf8(buf_str(&page->title), NULL));
        for (size_t i = 0; i < page->links_count; i++)
            BUG_IF(!is_within(site_link_words(page, &page->links[i]), buf_str(&page->words)));
        judge(page, (enum site_place)(size % SITE_PLACES));
    }
    if (size <= 65536) site_page_free(page);
    free(page);
    return 0;
}
