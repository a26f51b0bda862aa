-- Which account a tool gets.
CREATE TABLE routes (place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;

-- Single facts about the vault itself, by name: what the person has set, the trail's anchor, the machine.
CREATE TABLE facts (name TEXT PRIMARY KEY NOT NULL, body TEXT NOT NULL) STRICT;

-- Each event carries a hash over itself and the one before it; NULL in events that are older than this.
ALTER TABLE activity ADD COLUMN chain BLOB;
