package models

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// publishedCalls is the open platform's list as it publishes it: family,
// then paths under /api with their requests per second.
const publishedCalls = `
Contact
/v5/corp/user/get 30
/v5/corp/user/create 20
/v5/corp/user/update 20
/v5/corp/user/delete 20
/v5/corp/user/batch_delete 10
/v5/corp/user/import 10
/v5/corp/department/user/list 10
/v6/corp/department/list 10
/v6/corp/department/create 20
/v6/corp/department/update 20
/v5/corp/department/delete 20
/v6/corp/department/dept_no/get 30
/v5/corp/department/import 10
/v6/corp/department/manager/get 20
/v6/corp/department/manager/update 20
/v5/corp/role/list 30
/v5/corp/role/create 20
/v5/corp/role/update 20
/v5/corp/role/delete 20
/v5/corp/role/user/list 30
/v5/corp/role/add_members 10
/v5/corp/role/remove_members 10
/v5/corp/role_group/list 30
/v5/corp/role_group/create 20
/v5/corp/role_group/update 20
/v5/corp/role_group/delete 20
/v5/corp/guest/department/list 30
/v5/corp/guest/user/list 30
/v5/corp/guest/user/get 30
App
/v5/app/list 30
/v5/app/entry/list 30 body
Form
/v5/app/entry/widget/list 30 body
Data
/v5/app/entry/data/get 30 body
/v5/app/entry/data/list 30 body
/v5/app/entry/data/create 20 body
/v5/app/entry/data/update 20 body
/v5/app/entry/data/delete 20 body
/v5/app/entry/data/batch_create 10 body
/v5/app/entry/data/batch_update 10 body
/v5/app/entry/data/batch_delete 10 body
File
/v5/app/entry/file/get_upload_token 20 body
Workflow
/v6/workflow/instance/get 30
/v1/workflow/instance/logs 30
/v1/workflow/instance/close 20
/v1/workflow/instance/activate 20
/v6/workflow/task/list 20
/v1/workflow/task/approve 20
/v1/workflow/task/reject 20
/v1/workflow/task/transfer 20
/v2/workflow/task/rollback 20
/v2/workflow/task/add_sign 20
/v2/workflow/task/revoke 20
/v1/workflow/cc/list 5
/v1/app/{app_id}/entry/{entry_id}/data/{data_id}/approval_comments 30 path
CRM
`

func TestPresetHoldsEveryPublishedCall(t *testing.T) {
	got := map[string]string{}
	var families []string
	for _, f := range Preset() {
		families = append(families, f.Name)
		for _, a := range f.APIs {
			line := a.Path + " " + strconv.Itoa(a.RatePerSecond)
			if a.AppBound {
				line += " " + string(a.AppSource)
			}
			got[line] = f.Name
		}
	}
	want := map[string]string{}
	var wantFamilies []string
	family := ""
	for line := range strings.Lines(publishedCalls) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "/"):
			want["/api"+line] = family
		case line != "":
			family = line
			wantFamilies = append(wantFamilies, family)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(wantFamilies, families); diff != "" {
		t.Error(diff)
	}
}

func TestPresetKeepsTheRules(t *testing.T) {
	var before []API
	names := map[string]bool{}
	groups := map[string]string{}
	for _, f := range Preset() {
		for _, a := range f.APIs {
			checked, err := CheckAPI(a)
			if err != nil || checked != a {
				t.Errorf("%s is refused or changed: %+v, %v", a.Name, checked, err)
			}
			if a.Method != "POST" || a.AppBound && a.AppField != "app_id" {
				t.Errorf("%s is %s with the app in %q", a.Name, a.Method, a.AppField)
			}
			if clash, ok := FindClash(a, before); ok {
				t.Errorf("%s clashes with %s", a.Name, clash.Name)
			}
			if names[a.Name] {
				t.Errorf("two calls are named %s", a.Name)
			}
			p, err := ParsePattern(a.Path)
			if err != nil {
				t.Fatal(err)
			}
			if other, ok := groups[p.RateGroup()]; ok {
				t.Errorf("%s and %s are different calls but share a counter", a.Name, other)
			}
			names[a.Name] = true
			groups[p.RateGroup()] = a.Name
			before = append(before, a)
		}
	}
}

func TestVersionsOfAPresetPathShareACounter(t *testing.T) {
	for _, f := range Preset() {
		for _, a := range f.APIs {
			counters := map[string]bool{}
			var versions []API
			rest := strings.TrimPrefix(a.Path, "/api/v")[1:]
			for _, v := range []string{"v1", "v2", "v3", "v4", "v5", "v6"} {
				other := a
				other.Path = "/api/" + v + rest
				p, err := ParsePattern(other.Path)
				if err != nil {
					t.Fatal(err)
				}
				if clash, ok := FindClash(other, versions); ok {
					t.Errorf("%s clashes with %s", other.Path, clash.Path)
				}
				versions = append(versions, other)
				counters[p.RateGroup()] = true
			}
			if len(counters) != 1 {
				t.Errorf("the versions of %s have the counters %v", a.Path, counters)
			}
		}
	}
}
