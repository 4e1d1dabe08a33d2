-- +goose Up
-- Officers who also see what was done to their organisation's own patients
-- turn the trail's pages as quickly as others: what their own staff did is
-- told without asking whose patient it was, the question keeps its plan, and
-- a search knows beforehand whom it is about.

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit.own_patient(patient text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN EXISTS (
		SELECT FROM public.relationships r
		WHERE r.patient = $1 AND r.organisation = current_setting('icr.reach_organisation', true)
			AND r.kind <> 'void' AND r.starts <= now() AND (r.ends IS NULL OR r.ends > now() - interval '28 days'));
END $$;

CREATE FUNCTION audit.own_patients() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT DISTINCT r.patient FROM public.relationships r
	WHERE current_setting('icr.reach', true) = 'organisation' AND current_setting('icr.reach_patients', true) = 'own'
		AND r.organisation = current_setting('icr.reach_organisation', true)
		AND r.kind <> 'void' AND r.starts <= now() AND (r.ends IS NULL OR r.ends > now() - interval '28 days')
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION audit.own_patients FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.own_patients TO icr_desk;

ALTER POLICY desk_reaches_own_patients ON audit.event USING (
	patient <> '' AND current_setting('icr.reach', true) = 'organisation' AND current_setting('icr.reach_patients', true) = 'own'
	AND organisation <> current_setting('icr.reach_organisation', true) AND audit.own_patient(patient)
);
