using PerCall.Functions.Requests;

namespace PerCall.Functions.Tenancy.Keys;

/// <summary>Names of the roles in the API and in the table.</summary>
public static class KeyRoleNames
{
    private const string Call = "call";
    private const string Admin = "admin";

    public static IReadOnlyList<string> Of(KeyRoles roles) =>
        [.. roles.HasFlag(KeyRoles.Call) ? [Call] : Array.Empty<string>(),
            .. roles.HasFlag(KeyRoles.Admin) ? [Admin] : Array.Empty<string>()];

    /// <exception cref="RefusedException">The list is empty or has an unknown role.</exception>
    public static KeyRoles Parse(IReadOnlyList<string?>? names)
    {
        var roles = KeyRoles.None;
        foreach (var name in names ?? [Call])
        {
            roles |= name switch
            {
                Call => KeyRoles.Call,
                Admin => KeyRoles.Admin,
                _ => throw Refused($"'roles' has '{Page.Short(name ?? "null")}'"),
            };
        }

        return roles != KeyRoles.None ? roles : throw Refused("'roles' is empty");
    }

    private static RefusedException Refused(string what) =>
        RefusedException.BadRequest("invalid_roles", $"{what}; allowed: \"call\", \"admin\", or both.", "roles");
}
