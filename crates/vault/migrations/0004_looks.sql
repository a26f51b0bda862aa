-- What a search looks at of an event. Most events look like others: each look is kept, and searched, once.
CREATE TABLE activity_looks (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE) STRICT;
INSERT OR IGNORE INTO activity_looks (body) SELECT json_object(
    'app', body ->> '$.app', 'app_name', body ->> '$.app_name',
    'account', body ->> '$.account', 'account_label', body ->> '$.account_label',
    'scopes', body -> '$.scopes', 'sentence', body ->> '$.sentence', 'said', body -> '$.said') FROM activity;

ALTER TABLE activity ADD COLUMN look INTEGER;
UPDATE activity SET look = (SELECT id FROM activity_looks WHERE activity_looks.body = json_object(
    'app', activity.body ->> '$.app', 'app_name', activity.body ->> '$.app_name',
    'account', activity.body ->> '$.account', 'account_label', activity.body ->> '$.account_label',
    'scopes', activity.body -> '$.scopes', 'sentence', activity.body ->> '$.sentence', 'said', activity.body -> '$.said'));

-- All that counting takes, and all that tells which events to read, without reading any of them.
CREATE INDEX activity_by_look ON activity (look, kind, at);
