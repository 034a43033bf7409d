using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>Names of the roles of one kind of key, in the API.</summary>
/// <param name="names">The names. The first is the role with the value 1, the next that with 2, and so on in powers of two.</param>
public sealed class RoleNames(params string[] names)
{
    /// <summary>Returns the names of a combination of roles.</summary>
    public IReadOnlyList<string> Of(int roles) => [.. names.Where((_, i) => (roles & (1 << i)) != 0)];

    /// <exception cref="RefusedException">400: the list is missing or empty, or has an unknown role.</exception>
    public int Parse(IReadOnlyList<string?>? given)
    {
        var roles = 0;
        foreach (var name in given ?? [])
        {
            var index = Array.IndexOf(names, name);
            roles |= index >= 0 ? 1 << index : throw Invalid($"has '{Page.Short(name ?? "null")}'");
        }

        return roles != 0 ? roles : throw Invalid(given is null ? "is missing" : "is empty");
    }

    /// <summary>Returns a 403 error: the key has none of the roles that the call needs.</summary>
    public RefusedException Missing(int needed, int roles) => new(
        StatusCodes.Status403Forbidden, "wrong_role",
        $"This call needs a key with the role {string.Join(" or ", Of(needed))}; this key has {string.Join(" and ", Of(roles))}.");

    private RefusedException Invalid(string what) =>
        RefusedException.BadRequest(
            "invalid_roles", $"'roles' {what}; allowed: one or more of {string.Join(", ", names.Select(n => $"\"{n}\""))}.", "roles");
}
