using Microsoft.AspNetCore.Http;
using PerCall.Functions.Audit;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Operators;

/// <summary>The sender of a management request, as identified by its key.</summary>
/// <param name="Id">The key's public id; null for the operator's key of the settings.</param>
/// <param name="Name">The key's display name.</param>
/// <param name="Roles">The key's roles.</param>
/// <param name="IsPrevious">Whether this is the previous key of the settings, which a rotation is about to drop.</param>
public sealed record Operator(string? Id, string Name, OperatorRoles Roles, bool IsPrevious = false)
{
    /// <summary>Begins the name of every operator in the audit log.</summary>
    public const string Anyone = "operator";

    /// <summary>
    /// The name in the audit log. It has the key's id and not its display name, because the log can never be changed and a display name
    /// may be a person's.
    /// </summary>
    public string ActorName => Id is not null ? $"{Anyone}:{Id}" : IsPrevious ? $"{Anyone}:previous" : Anyone;

    /// <summary>Returns the operator; null when the route is not an operator route.</summary>
    public static Operator? Of(HttpContext http) => http.Items.TryGetValue(typeof(Operator), out var found) ? (Operator?)found : null;

    /// <summary>Returns the operator as the actor of this request.</summary>
    public static Actor ActorOf(HttpContext http) => new(Of(http)?.ActorName ?? Anyone, http.TraceIdentifier);

    public void AttachTo(HttpContext http) => http.Items[typeof(Operator)] = this;
}
