-- zh: 控制关系:持股过半、实际控制、法定代表人(有任职记录的按任职期间)或董监高,沿公司持股链向下四层
-- en: who controls a firm: more than half the shares, actual control, legal representative (dated where terms are recorded), director, supervisor or manager, four steps down the corporate path
-- needs: company_holder.holder_key | company_staff.person_key | company.legal_rep_key
WITH direct AS (
  SELECT h.holder_key, h.company_id, h.since_date, h.until_date
  FROM company_holder AS h
  WHERE h.holder_key IS NOT NULL AND h.holder_key <> h.company_id AND (h.ratio > 0.5 OR h.is_controller)
),
second AS (
  SELECT a.holder_key, b.company_id, GREATEST(a.since_date, b.since_date) AS since_date, LEAST(a.until_date, b.until_date) AS until_date
  FROM direct AS a JOIN direct AS b ON b.holder_key = a.company_id
),
third AS (
  SELECT a.holder_key, b.company_id, GREATEST(a.since_date, b.since_date) AS since_date, LEAST(a.until_date, b.until_date) AS until_date
  FROM second AS a JOIN direct AS b ON b.holder_key = a.company_id
),
fourth AS (
  SELECT a.holder_key, b.company_id, GREATEST(a.since_date, b.since_date) AS since_date, LEAST(a.until_date, b.until_date) AS until_date
  FROM third AS a JOIN direct AS b ON b.holder_key = a.company_id
)
SELECT holder_key, company_id, '控股' AS how, since_date, until_date FROM direct
UNION ALL
SELECT holder_key, company_id, '间接控股' AS how, since_date, until_date FROM second
UNION ALL
SELECT holder_key, company_id, '间接控股' AS how, since_date, until_date FROM third
UNION ALL
SELECT holder_key, company_id, '间接控股' AS how, since_date, until_date FROM fourth
UNION ALL
SELECT s.person_key AS holder_key, s.company_id, s.role AS how, s.since_date, s.until_date
FROM company_staff AS s
WHERE s.person_key IS NOT NULL AND s.role IN ('法定代表人', '董事', '监事', '高管')
UNION ALL
SELECT c.legal_rep_key AS holder_key, c.company_id, '法定代表人' AS how, c.reg_date AS since_date, CAST(NULL AS DATE) AS until_date
FROM company AS c
WHERE c.legal_rep_key IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM company_staff AS s WHERE s.company_id = c.company_id AND s.role = '法定代表人'
  )
