package demo

import "keywicket/models"

// sampleApps returns the apps of the master account.
func sampleApps() []models.NewApp {
	names := []string{
		"Orders", "Warehouse", "Fleet", "Suppliers", "Invoices", "Returns",
		"Field service", "Onboarding", "Assets", "Quality checks", "Customer portal", "Contracts",
	}
	ids := []string{
		"64c1f0a2b7e83d0008a1c001", "64c1f0a2b7e83d0008a1c002", "64c1f1d9b7e83d0008a1c0f3", "64c20a11b7e83d0008a1c1a8",
		"64d3170cb7e83d0008a1d220", "64d3171eb7e83d0008a1d231", "64f09b45b7e83d0008a1e04c", "650a2c71b7e83d0008a1e9d7",
		"651c880fb7e83d0008a1f3b2", "652f4ce3b7e83d0008a1fa60", "6531d0f8b7e83d0008a20b15", "65420e9ab7e83d0008a2114e",
	}
	apps := make([]models.NewApp, len(names))
	for i := range names {
		apps[i] = models.NewApp{AppID: ids[i], Name: names[i]}
	}
	return apps
}

// sampleKeys returns the keys of the master account.
func sampleKeys() []sampleKey {
	data := []string{"Data"}
	return []sampleKey{
		{name: "Pilot (spring)", description: "First tries of the warehouse project.", daysAgo: 118, hour: 11, apps: []string{"Warehouse"}, apis: data, usedUntil: 97, perDay: 90},
		{name: "ERP sync", description: "Nightly exchange of orders and stock with the ERP.", daysAgo: 30, hour: 9, apps: []string{"Orders", "Warehouse"}, apis: []string{"Data", "Form"}, ips: []string{"198.51.100.14", "198.51.100.15"}, revealed: true, perDay: 5200, reason: "ip_denied", denied: 14},
		{name: "Warehouse scanners", description: "Hand scanners in both halls.", daysAgo: 30, hour: 9.4, apps: []string{"Warehouse"}, apis: data, ips: []string{"10.20.*.7", "10.20.31.*"}, rate: 600, window: 60, perDay: 8400, reason: "rate_limited", denied: 63},
		{name: "Night batch (old)", description: "Replaced by ERP sync. Delete when nobody misses it.", daysAgo: 30, hour: 9.8, disabled: true, perDay: 0, reason: "key_disabled", denied: 41},
		{name: "Customer portal", daysAgo: 29, hour: 10, apps: []string{"Customer portal", "Orders"}, apis: []string{"Data", "File"}, rate: 1200, window: 60, revealed: true, perDay: 3900, reason: "app_denied", denied: 7},
		{name: "Invoice export", description: "Bookkeeping fetches invoices at the end of each day.", daysAgo: 29, hour: 11, apps: []string{"Invoices"}, apis: data, ips: []string{"203.0.113.40"}, expiresIn: 160, perDay: 320},
		{name: "Fleet telematics", daysAgo: 28, hour: 8.5, apps: []string{"Fleet"}, apis: data, perDay: 2750, reason: "api_denied", denied: 4},
		{name: "HR directory", description: "Keeps members and departments in step with the payroll system.", daysAgo: 28, hour: 14, apis: []string{"Contact"}, ips: []string{"10.8.0.12"}, expiresIn: 21, perDay: 140},
		{name: "BI warehouse", by: "Jonas Weber", description: "Read-only copy for reports.", daysAgo: 27, hour: 9, apis: []string{"Data", "App", "Form"}, ips: []string{"192.0.2.77"}, rate: 5000, window: 3600, perDay: 1900, reason: "rate_limited", denied: 22},
		{name: "Returns desk", by: "Priya Raman", daysAgo: 26, hour: 10, apps: []string{"Returns", "Orders"}, apis: data, perDay: 610},
		{name: "Supplier intake", description: "Suppliers send delivery notes through the web form.", daysAgo: 25, hour: 13, apps: []string{"Suppliers"}, apis: []string{"Data", "File"}, expiresIn: 75, perDay: 260, reason: "app_undetermined", denied: 3},
		{name: "Quality lab", by: "Priya Raman", daysAgo: 24, hour: 9, apps: []string{"Quality checks"}, apis: []string{"Data", "File"}, ips: []string{"10.30.4.*"}, perDay: 180},
		{name: "Approvals bot", by: "Jonas Weber", description: "Approves small purchases; see the purchasing handbook.", daysAgo: 22, hour: 15, apis: []string{"Workflow"}, rate: 60, window: 60, perDay: 95, reason: "api_denied", denied: 2},
		{name: "Contract archive", daysAgo: 21, hour: 11, apps: []string{"Contracts"}, apis: []string{"Data", "File"}, ips: []string{"10.8.0.31", "10.8.0.32"}, expiresIn: 9, perDay: 48},
		{name: "Asset labels", daysAgo: 20, hour: 16, apps: []string{"Assets"}, apis: data, perDay: 70},
		{name: "Field service app", description: "Mobile app of the technicians.", daysAgo: 19, hour: 8, apps: []string{"Field service", "Assets"}, apis: []string{"Data", "File", "Workflow"}, rate: 300, window: 60, revealed: true, perDay: 1450, reason: "key_expired", denied: 0},
		{name: "Onboarding forms", by: "Priya Raman", daysAgo: 17, hour: 10, apps: []string{"Onboarding"}, apis: []string{"Data", "Contact"}, perDay: 32},
		{name: "Trade fair demo", by: "Tom Alvarez", description: "Tablet at the stand.", daysAgo: 16, hour: 12, apps: []string{"Orders"}, apis: data, expiresIn: -5, perDay: 0, reason: "key_expired", denied: 12},
		{name: "Consultant (M. Okafor)", description: "Access during the migration project.", daysAgo: 14, hour: 9, apps: []string{"Orders", "Warehouse", "Invoices"}, ips: []string{"198.51.100.201"}, expiresIn: 3, perDay: 210, reason: "ip_denied", denied: 9},
		{name: "Load test", daysAgo: 12, hour: 17, disabled: true, rate: 10000, window: 60},
		{name: "Status page", by: "Priya Raman", description: "Asks every minute whether the platform answers.", daysAgo: 10, hour: 9, apis: []string{"App"}, perDay: 1440},
		{name: "Webhook relay", by: "Jonas Weber", daysAgo: 8, hour: 14, apps: []string{}, apis: data, perDay: 0, reason: "app_denied", denied: 26},
		{name: "CRM sync (staging)", daysAgo: 6, hour: 11, apps: []string{"Customer portal"}, apis: data, ips: []string{"10.99.*.1"}, expiresIn: 28, perDay: 54},
		{name: "Pricing service", description: "Prices of the day for the shop.", daysAgo: 4, hour: 10, apps: []string{"Orders"}, apis: data, rate: 120, window: 1, perDay: 2300},
		{name: "Price list drop", description: "Suppliers put their price lists here.", by: "Jonas Weber", daysAgo: 27, hour: 15, channel: models.ChannelFTP, kind: models.CredentialPair, ips: []string{"192.0.2.14", "192.0.2.15"}, perDay: 38, reason: "ip_denied", denied: 6},
		{name: "Label printer", description: "Fetches shipping labels; the printer knows no longer user names.", daysAgo: 23, hour: 10, channel: models.ChannelFTP, kind: models.CredentialChosen, username: "labels", perDay: 140},
		{name: "Order confirmations", description: "Mail server of the shop.", by: "Jonas Weber", daysAgo: 22, hour: 9, channel: models.ChannelEmail, kind: models.CredentialPair, ips: []string{"203.0.113.25"}, perDay: 410},
		{name: "Carrier EDI", description: "Tracking messages by SOAP.", daysAgo: 18, hour: 14, channel: models.ChannelWebService, kind: models.CredentialPair, expiresIn: 88, perDay: 265, reason: "channel_denied", denied: 2},
		{name: "Storefront", description: "Reads stock behind the shop's proxy.", daysAgo: 13, hour: 11, channel: models.ChannelHTTP, kind: models.CredentialChosen, username: "storefront", rate: 900, window: 60, perDay: 1750},
		{name: "Partner gateway", by: "Priya Raman", daysAgo: 9, hour: 10, channel: models.ChannelREST, kind: models.CredentialPair, apps: []string{"Orders"}, apis: data, expiresIn: 12, perDay: 330},
		{name: "API Key 31", by: "Priya Raman", daysAgo: 1, hour: 9},
	}
}
