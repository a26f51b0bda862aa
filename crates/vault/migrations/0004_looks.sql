-- What a search looks at of an event; empty where it says nothing. Most events look like others: each look is kept, and
-- searched, once.
CREATE TABLE activity_looks (
    id            INTEGER PRIMARY KEY,
    app           TEXT NOT NULL,
    app_name      TEXT NOT NULL,
    account       TEXT NOT NULL,
    account_label TEXT NOT NULL,
    scopes        TEXT NOT NULL,
    sentence      TEXT NOT NULL,
    said          TEXT NOT NULL,
    UNIQUE (app, account, scopes, sentence, said, app_name, account_label)
) STRICT;
INSERT OR IGNORE INTO activity_looks (app, app_name, account, account_label, scopes, sentence, said)
    SELECT ifnull(body ->> '$.app', ''), ifnull(body ->> '$.app_name', ''), ifnull(body ->> '$.account', ''),
        ifnull(body ->> '$.account_label', ''), ifnull(body ->> '$.scopes', '[]'), ifnull(body ->> '$.sentence', ''),
        ifnull(body ->> '$.said', '')
    FROM activity;

ALTER TABLE activity ADD COLUMN look INTEGER;
UPDATE activity SET look = (SELECT id FROM activity_looks AS look
    WHERE look.app = ifnull(activity.body ->> '$.app', '') AND look.account = ifnull(activity.body ->> '$.account', '')
    AND look.scopes = ifnull(activity.body ->> '$.scopes', '[]')
    AND look.sentence = ifnull(activity.body ->> '$.sentence', '')
    AND look.said = ifnull(activity.body ->> '$.said', '')
    AND look.app_name = ifnull(activity.body ->> '$.app_name', '')
    AND look.account_label = ifnull(activity.body ->> '$.account_label', ''));

-- All that counting takes, and all that tells which events to read, without reading any of them.
CREATE INDEX activity_by_look ON activity (look, kind, at);
