-- +goose Up
-- Feeds that the safety officers switch off and on, and whom a new feed is
-- open to. Rows are added, never changed: the latest of each feed counts.

CREATE SCHEMA safety;
GRANT USAGE ON SCHEMA safety TO icr_server, icr_desk;

-- +goose StatementBegin
CREATE FUNCTION safety.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'what the safety desk did is never rewritten' USING ERRCODE = 'insufficient_privilege';
END $$;

-- How far the officer reaches for whom the desk asks: what concerns one
-- partner, or all.
CREATE FUNCTION safety.reaches(partner text) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(current_setting('icr.safety_reach', true) = 'programme'
		OR current_setting('icr.safety_reach', true) = 'organisation'
			AND partner <> '' AND partner = current_setting('icr.safety_organisation', true), false)
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION safety.reaches FROM PUBLIC;
GRANT EXECUTE ON FUNCTION safety.reaches TO icr_desk;

CREATE TABLE safety.switch (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at           timestamptz NOT NULL,
	partner      text NOT NULL CHECK (partner <> ''),
	section      text NOT NULL,   -- '' for all of it
	off          boolean NOT NULL,
	reason       text NOT NULL CHECK (reason <> ''),
	reference    text NOT NULL,   -- of its event on the trail
	issuer       text NOT NULL,
	subject      text NOT NULL,
	staff_name   text NOT NULL,
	organisation text NOT NULL
);
CREATE INDEX switch_latest ON safety.switch (partner, section, id DESC);

CREATE TABLE safety.opening (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at           timestamptz NOT NULL,
	partner      text NOT NULL CHECK (partner <> ''),
	everyone     boolean NOT NULL,
	testers      text[] NOT NULL, -- a staff id, or an issuer and a subject
	reason       text NOT NULL CHECK (reason <> ''),
	reference    text NOT NULL,
	issuer       text NOT NULL,
	subject      text NOT NULL,
	staff_name   text NOT NULL,
	organisation text NOT NULL
);
CREATE INDEX opening_latest ON safety.opening (partner, id DESC);

CREATE TRIGGER switch_append_only BEFORE UPDATE OR DELETE ON safety.switch FOR EACH ROW EXECUTE FUNCTION safety.refuse();
CREATE TRIGGER switch_no_truncate BEFORE TRUNCATE ON safety.switch FOR EACH STATEMENT EXECUTE FUNCTION safety.refuse();
CREATE TRIGGER opening_append_only BEFORE UPDATE OR DELETE ON safety.opening FOR EACH ROW EXECUTE FUNCTION safety.refuse();
CREATE TRIGGER opening_no_truncate BEFORE TRUNCATE ON safety.opening FOR EACH STATEMENT EXECUTE FUNCTION safety.refuse();

ALTER TABLE safety.switch ENABLE ROW LEVEL SECURITY;
ALTER TABLE safety.opening ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_reaches ON safety.switch FOR SELECT TO icr_desk USING (safety.reaches(partner));
CREATE POLICY desk_switches ON safety.switch FOR INSERT TO icr_desk WITH CHECK (safety.reaches(partner));
CREATE POLICY desk_reaches ON safety.opening FOR SELECT TO icr_desk USING (safety.reaches(partner));
CREATE POLICY desk_opens ON safety.opening FOR INSERT TO icr_desk WITH CHECK (safety.reaches(partner));
GRANT SELECT, INSERT ON safety.switch, safety.opening TO icr_desk;

-- All that a decision may read of it: what is closed now.
CREATE VIEW safety.off WITH (security_barrier) AS
	SELECT partner, section
	FROM (SELECT DISTINCT ON (partner, section) partner, section, off FROM safety.switch ORDER BY partner, section, id DESC) latest
	WHERE off;
CREATE VIEW safety.open_to WITH (security_barrier) AS
	SELECT DISTINCT ON (partner) partner, everyone, testers FROM safety.opening ORDER BY partner, id DESC;
GRANT SELECT ON safety.off, safety.open_to TO icr_server, icr_desk;
