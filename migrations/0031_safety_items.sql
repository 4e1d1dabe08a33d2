-- +goose Up
-- What is raised to the safety officers, and what they do with it. Items are
-- added by the server, which cannot read them; steps by the desk, which reads
-- as far as its officer reaches. Nothing is rewritten.

CREATE TABLE safety.item (
	id           uuid PRIMARY KEY,
	at           timestamptz NOT NULL,
	kind         text NOT NULL,
	partner      text NOT NULL,   -- '' where the reporter did not know it
	partner_name text NOT NULL,
	section      text NOT NULL,
	mistake      text NOT NULL,   -- of a report
	reference    text NOT NULL,
	same         bytea NOT NULL,  -- equal for what is the same
	day          date NOT NULL,
	body         bytea NOT NULL,  -- the rest: who the patient is, and what it says
	UNIQUE (same, day)
);
CREATE INDEX item_newest ON safety.item (at DESC, id DESC);
CREATE INDEX item_partner ON safety.item (partner, at DESC, id DESC);

CREATE TABLE safety.step (
	item         uuid NOT NULL REFERENCES safety.item,
	n            integer NOT NULL,
	at           timestamptz NOT NULL,
	kind         text NOT NULL,
	words        text NOT NULL,
	reference    text NOT NULL,   -- of its event on the trail
	issuer       text NOT NULL,
	subject      text NOT NULL,
	staff_name   text NOT NULL,
	organisation text NOT NULL,
	PRIMARY KEY (item, n)
);

CREATE TRIGGER item_append_only BEFORE UPDATE OR DELETE ON safety.item FOR EACH ROW EXECUTE FUNCTION safety.refuse();
CREATE TRIGGER item_no_truncate BEFORE TRUNCATE ON safety.item FOR EACH STATEMENT EXECUTE FUNCTION safety.refuse();
CREATE TRIGGER step_append_only BEFORE UPDATE OR DELETE ON safety.step FOR EACH ROW EXECUTE FUNCTION safety.refuse();
CREATE TRIGGER step_no_truncate BEFORE TRUNCATE ON safety.step FOR EACH STATEMENT EXECUTE FUNCTION safety.refuse();

ALTER TABLE safety.item ENABLE ROW LEVEL SECURITY;
ALTER TABLE safety.step ENABLE ROW LEVEL SECURITY;
CREATE POLICY server_raises ON safety.item FOR INSERT TO icr_server WITH CHECK (true);
CREATE POLICY desk_reaches ON safety.item FOR SELECT TO icr_desk USING (safety.reaches(partner));
CREATE POLICY desk_reaches ON safety.step FOR SELECT TO icr_desk USING (EXISTS (SELECT FROM safety.item i WHERE i.id = item));
CREATE POLICY desk_handles ON safety.step FOR INSERT TO icr_desk WITH CHECK (EXISTS (SELECT FROM safety.item i WHERE i.id = item));
GRANT INSERT ON safety.item TO icr_server;
GRANT SELECT ON safety.item TO icr_desk;
GRANT SELECT, INSERT ON safety.step TO icr_desk;

-- E-mails to partners: no patient is in them. The server sends them, and notes
-- how that went.
CREATE TABLE safety.message (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	item      uuid NOT NULL REFERENCES safety.item,
	reference text NOT NULL,
	partner   text NOT NULL,
	address   text NOT NULL,
	made      timestamptz NOT NULL,
	due       timestamptz NOT NULL,  -- when to try, or to try again
	attempts  integer NOT NULL DEFAULT 0,
	sent      timestamptz,
	given_up  boolean NOT NULL DEFAULT false,
	failure   text NOT NULL DEFAULT ''
);
CREATE INDEX message_due ON safety.message (due) WHERE sent IS NULL AND NOT given_up;
CREATE INDEX message_item ON safety.message (item);
ALTER TABLE safety.message ENABLE ROW LEVEL SECURITY;
CREATE POLICY server_sends ON safety.message TO icr_server USING (true) WITH CHECK (true);
CREATE POLICY desk_reaches ON safety.message FOR SELECT TO icr_desk USING (safety.reaches(partner));
GRANT SELECT, INSERT, UPDATE (due, attempts, sent, given_up, failure) ON safety.message TO icr_server;
GRANT SELECT ON safety.message TO icr_desk;
