-- Providers' own tokens that are out, by the lease under which they left. The tokens are in `secrets`.
CREATE TABLE released (place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
