-- +goose Up
-- The trail. The server may add to it and not read it; the desk may read what
-- it is told it may reach; nobody may change it.

CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO icr_server, icr_desk;

CREATE TABLE audit.event (
	event_id     uuid NOT NULL,        -- version 7, made by the application
	at           timestamptz NOT NULL,
	recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
	db_user      text NOT NULL DEFAULT session_user,
	kind         text NOT NULL,
	reference    text NOT NULL,
	look         text NOT NULL,
	issuer       text NOT NULL,
	subject      text NOT NULL,
	staff_name   text NOT NULL,
	staff_id     text NOT NULL,
	role         text NOT NULL,
	organisation text NOT NULL,
	patient      text NOT NULL,        -- '' where no patient is concerned
	claim        text NOT NULL,        -- the reason code of a claim, or ''
	until        timestamptz,          -- when a claim ends
	salt         bytea NOT NULL CHECK (length(salt) = 32),
	body         bytea NOT NULL,       -- canonical; with the salt, what will be proved
	PRIMARY KEY (at, event_id)
) PARTITION BY RANGE (at);

CREATE INDEX event_patient ON audit.event (patient, at DESC, event_id DESC) WHERE patient <> '';
CREATE INDEX event_staff ON audit.event (issuer, subject, at DESC, event_id DESC);
CREATE INDEX event_organisation ON audit.event (organisation, at DESC, event_id DESC);
CREATE INDEX event_reference ON audit.event (reference);
CREATE INDEX event_claims ON audit.event (patient, at DESC) WHERE claim <> '';

-- Events that no checkpoint covers yet.
CREATE TABLE audit.pending (
	event_id uuid PRIMARY KEY,
	at       timestamptz NOT NULL
);

-- Partitions are made ahead by whoever is about to need them. The function
-- can add a month and nothing else.
-- +goose StatementBegin
CREATE FUNCTION audit.make_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	first date := date_trunc('month', month)::date;
	name  text := 'event_' || to_char(first, 'YYYYMM');
BEGIN
	IF first NOT BETWEEN '2000-01-01' AND (now() + interval '2 years')::date THEN
		RAISE EXCEPTION 'no partition is made for %', first;
	END IF;
	IF to_regclass('audit.' || name) IS NULL THEN
		PERFORM pg_advisory_xact_lock(hashtext('audit.make_month'));
		EXECUTE format('CREATE TABLE IF NOT EXISTS audit.%I PARTITION OF audit.event FOR VALUES FROM (%L) TO (%L)',
			name, first::timestamptz, (first + interval '1 month')::timestamptz);
	END IF;
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION audit.make_month FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.make_month TO icr_server;

-- +goose StatementBegin
CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON audit.event FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON audit.event FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

ALTER TABLE audit.event ENABLE ROW LEVEL SECURITY;
CREATE POLICY server_adds ON audit.event FOR INSERT TO icr_server WITH CHECK (true);
CREATE POLICY desk_reaches ON audit.event FOR SELECT TO icr_desk USING (
	current_setting('icr.reach', true) = 'programme'
	OR current_setting('icr.reach', true) = 'organisation' AND organisation = current_setting('icr.reach_organisation', true)
);

GRANT INSERT (event_id, at, kind, reference, look, issuer, subject, staff_name, staff_id, role,
	organisation, patient, claim, until, salt, body) ON audit.event TO icr_server;
GRANT INSERT ON audit.pending TO icr_server;
GRANT SELECT ON audit.event TO icr_desk;

-- All that a decision may read of the trail: claims that may still count.
CREATE VIEW audit.claims WITH (security_barrier) AS
	SELECT kind, reference, issuer, subject, role, organisation, patient, claim, at, until
	FROM audit.event
	WHERE claim <> '' AND at > now() - interval '2 days' AND until > now();
GRANT SELECT ON audit.claims TO icr_server;

SELECT audit.make_month((date_trunc('month', now()) + make_interval(months => n))::date) FROM generate_series(-1, 3) n;
