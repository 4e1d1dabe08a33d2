-- +goose Up
-- What officers search the trail by. Each filter has an index in the order of
-- the pages, so that a late page costs what the first does.

ALTER TABLE audit.event ADD COLUMN ground text NOT NULL DEFAULT ''; -- its kind
ALTER TABLE audit.event ALTER COLUMN ground TYPE text
	USING coalesce(convert_from(body, 'UTF8')::jsonb #>> '{ground,kind}', '');
GRANT INSERT (ground) ON audit.event TO icr_server;

CREATE INDEX event_kind ON audit.event (kind, at DESC, event_id DESC);
CREATE INDEX event_role ON audit.event (role, at DESC, event_id DESC);
CREATE INDEX event_ground ON audit.event (ground, at DESC, event_id DESC) WHERE ground <> '';
CREATE INDEX event_look ON audit.event (look, at DESC, event_id DESC) WHERE look <> '';

-- Everybody who ever signed in, under each of their names, so that part of a
-- name finds them without reading the whole trail.
CREATE TABLE audit.staff (
	issuer       text NOT NULL,
	subject      text NOT NULL,
	staff_name   text NOT NULL,
	staff_id     text NOT NULL,
	organisation text NOT NULL,
	PRIMARY KEY (issuer, subject, staff_name, staff_id, organisation)
);
INSERT INTO audit.staff SELECT DISTINCT issuer, subject, staff_name, staff_id, organisation FROM audit.event WHERE staff_name <> '' OR subject <> '';
CREATE TRIGGER staff_append_only BEFORE UPDATE OR DELETE ON audit.staff FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER staff_no_truncate BEFORE TRUNCATE ON audit.staff FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.staff ENABLE ROW LEVEL SECURITY;
CREATE POLICY server_adds ON audit.staff FOR INSERT TO icr_server WITH CHECK (true);
CREATE POLICY desk_reaches ON audit.staff FOR SELECT TO icr_desk USING (
	current_setting('icr.reach', true) = 'programme'
	OR current_setting('icr.reach', true) = 'organisation'
		AND (organisation = current_setting('icr.reach_organisation', true) OR current_setting('icr.reach_patients', true) = 'own')
);
GRANT INSERT ON audit.staff TO icr_server;
GRANT SELECT ON audit.staff TO icr_desk;

-- Where their organisation is so configured, officers also see who looked at
-- its own patients: those of whom it has a relationship that lasts, or ended
-- at most four weeks ago.
-- +goose StatementBegin
CREATE FUNCTION audit.own_patient(patient text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (
		SELECT FROM public.relationships r
		WHERE r.patient = $1 AND r.organisation = current_setting('icr.reach_organisation', true)
			AND r.kind <> 'void' AND r.starts <= now() AND (r.ends IS NULL OR r.ends > now() - interval '28 days'))
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION audit.own_patient FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.own_patient TO icr_desk;
CREATE POLICY desk_reaches_own_patients ON audit.event FOR SELECT TO icr_desk USING (
	patient <> '' AND current_setting('icr.reach', true) = 'organisation' AND current_setting('icr.reach_patients', true) = 'own'
	AND audit.own_patient(patient)
);

-- Where an event stands in the proof.
GRANT SELECT ON audit.leaf, audit.node, audit.checkpoint, audit.cosignature TO icr_desk;

-- Searches of the trail that officers keep under a name. A filter may name a
-- patient, and so may its name: both are sealed.
CREATE TABLE filters (
	ref     text PRIMARY KEY,
	issuer  text NOT NULL,
	subject text NOT NULL,
	sealed  bytea NOT NULL,
	made    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX filters_owner ON filters (issuer, subject, made);
GRANT SELECT, INSERT, DELETE ON filters TO icr_server;
