package models

// PresetFamily is a family of the preset catalogue with its APIs.
type PresetFamily struct {
	Name string
	APIs []API
}

// presetCall is one row of the preset. All of its APIs are POST under /api.
type presetCall struct {
	name string
	path string
	rate int
	app  AppSource
}

// Preset returns the documented open platform's catalogue, without ids: its seven families in order, and every
// published API with its rate. APIs of version 5 and later that work in an app name it in the JSON body, earlier ones
// in the path. APIs for contacts, workflow instances, tasks and copies name no app. The CRM family is empty, because
// CRM uses the Data APIs.
func Preset() []PresetFamily {
	return []PresetFamily{
		presetFamily("Contact", presetContact()),
		presetFamily("App", []presetCall{
			{"app.list", "/v5/app/list", 30, AppSourceNone},
			{"app.form.list", "/v5/app/entry/list", 30, AppInBody},
		}),
		presetFamily("Form", []presetCall{
			{"form.widget.list", "/v5/app/entry/widget/list", 30, AppInBody},
		}),
		presetFamily("Data", []presetCall{
			{"data.get", "/v5/app/entry/data/get", 30, AppInBody},
			{"data.list", "/v5/app/entry/data/list", 30, AppInBody},
			{"data.create", "/v5/app/entry/data/create", 20, AppInBody},
			{"data.update", "/v5/app/entry/data/update", 20, AppInBody},
			{"data.delete", "/v5/app/entry/data/delete", 20, AppInBody},
			{"data.batch_create", "/v5/app/entry/data/batch_create", 10, AppInBody},
			{"data.batch_update", "/v5/app/entry/data/batch_update", 10, AppInBody},
			{"data.batch_delete", "/v5/app/entry/data/batch_delete", 10, AppInBody},
		}),
		presetFamily("File", []presetCall{
			{"file.get_upload_token", "/v5/app/entry/file/get_upload_token", 20, AppInBody},
		}),
		presetFamily("Workflow", presetWorkflow()),
		presetFamily("CRM", nil),
	}
}

func presetContact() []presetCall {
	return []presetCall{
		{"member.get", "/v5/corp/user/get", 30, AppSourceNone},
		{"member.create", "/v5/corp/user/create", 20, AppSourceNone},
		{"member.update", "/v5/corp/user/update", 20, AppSourceNone},
		{"member.delete", "/v5/corp/user/delete", 20, AppSourceNone},
		{"member.batch_delete", "/v5/corp/user/batch_delete", 10, AppSourceNone},
		{"member.import", "/v5/corp/user/import", 10, AppSourceNone},
		{"department.member.list", "/v5/corp/department/user/list", 10, AppSourceNone},
		{"department.list", "/v6/corp/department/list", 10, AppSourceNone},
		{"department.create", "/v6/corp/department/create", 20, AppSourceNone},
		{"department.update", "/v6/corp/department/update", 20, AppSourceNone},
		{"department.delete", "/v5/corp/department/delete", 20, AppSourceNone},
		{"department.dept_no.get", "/v6/corp/department/dept_no/get", 30, AppSourceNone},
		{"department.import", "/v5/corp/department/import", 10, AppSourceNone},
		{"department.manager.get", "/v6/corp/department/manager/get", 20, AppSourceNone},
		{"department.manager.update", "/v6/corp/department/manager/update", 20, AppSourceNone},
		{"role.list", "/v5/corp/role/list", 30, AppSourceNone},
		{"role.create", "/v5/corp/role/create", 20, AppSourceNone},
		{"role.update", "/v5/corp/role/update", 20, AppSourceNone},
		{"role.delete", "/v5/corp/role/delete", 20, AppSourceNone},
		{"role.member.list", "/v5/corp/role/user/list", 30, AppSourceNone},
		{"role.add_members", "/v5/corp/role/add_members", 10, AppSourceNone},
		{"role.remove_members", "/v5/corp/role/remove_members", 10, AppSourceNone},
		{"role_group.list", "/v5/corp/role_group/list", 30, AppSourceNone},
		{"role_group.create", "/v5/corp/role_group/create", 20, AppSourceNone},
		{"role_group.update", "/v5/corp/role_group/update", 20, AppSourceNone},
		{"role_group.delete", "/v5/corp/role_group/delete", 20, AppSourceNone},
		{"guest.department.list", "/v5/corp/guest/department/list", 30, AppSourceNone},
		{"guest.member.list", "/v5/corp/guest/user/list", 30, AppSourceNone},
		{"guest.member.get", "/v5/corp/guest/user/get", 30, AppSourceNone},
	}
}

func presetWorkflow() []presetCall {
	return []presetCall{
		{"workflow.instance.get", "/v6/workflow/instance/get", 30, AppSourceNone},
		{"workflow.instance.logs", "/v1/workflow/instance/logs", 30, AppSourceNone},
		{"workflow.instance.close", "/v1/workflow/instance/close", 20, AppSourceNone},
		{"workflow.instance.activate", "/v1/workflow/instance/activate", 20, AppSourceNone},
		{"workflow.task.list", "/v6/workflow/task/list", 20, AppSourceNone},
		{"workflow.task.approve", "/v1/workflow/task/approve", 20, AppSourceNone},
		{"workflow.task.reject", "/v1/workflow/task/reject", 20, AppSourceNone},
		{"workflow.task.transfer", "/v1/workflow/task/transfer", 20, AppSourceNone},
		{"workflow.task.rollback", "/v2/workflow/task/rollback", 20, AppSourceNone},
		{"workflow.task.add_sign", "/v2/workflow/task/add_sign", 20, AppSourceNone},
		{"workflow.task.revoke", "/v2/workflow/task/revoke", 20, AppSourceNone},
		{"workflow.cc.list", "/v1/workflow/cc/list", 5, AppSourceNone},
		{"workflow.approval_comments", "/v1/app/{app_id}/entry/{entry_id}/data/{data_id}/approval_comments", 30, AppInPath},
	}
}

func presetFamily(name string, calls []presetCall) PresetFamily {
	f := PresetFamily{Name: name, APIs: make([]API, 0, len(calls))}
	for _, c := range calls {
		api := API{Name: c.name, Method: "POST", Path: "/api" + c.path, AppSource: c.app, RatePerSecond: c.rate}
		if c.app != AppSourceNone {
			api.AppBound, api.AppField = true, "app_id"
		}
		f.APIs = append(f.APIs, api)
	}
	return f
}
