package models

// CheckRoomForKeys refuses with CodeLimit when an account that has so many
// keys, of every channel and status, has no room for so many more.
func CheckRoomForKeys(have, adding int) error {
	if have+adding > MaxKeysPerAccount {
		return Refuse(CodeLimit, "", "errors.keys.limit", "Max", MaxKeysPerAccount, "Have", have)
	}
	return nil
}

// CheckDelete refuses with CodeConflict to delete a key whose Status is on.
func CheckDelete(k Key) error {
	if k.Enabled {
		return Refuse(CodeConflict, "", "errors.key.enabled_delete", "Name", k.Name)
	}
	return nil
}
