-- zh: 利益关联:控制关系,以及自然人持股百分之五以上
-- en: an interest in a firm: control, or a natural person's share of five per cent or more
-- needs: company_holder.holder_key | company_staff.person_key | company.legal_rep_key
SELECT c.holder_key, c.company_id, c.how, c.since_date, c.until_date
FROM control AS c
UNION ALL
SELECT h.holder_key, h.company_id, '持股' AS how, h.since_date, h.until_date
FROM company_holder AS h
WHERE h.holder_key IS NOT NULL AND h.holder_kind = 'person' AND h.ratio >= 0.05 AND h.ratio <= 0.5 AND COALESCE(h.is_controller, FALSE) = FALSE
