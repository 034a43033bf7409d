namespace Microsoft.Azure.Functions.Worker;

/// <summary>Runs the function for each HTTP request on its route. Stands on an <see cref="AspNetCore.Http.HttpRequest"/> parameter.</summary>
/// <param name="authLevel">The host key asked for.</param>
/// <param name="methods">HTTP methods, in any case; none means every method.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods) : Attribute
{
    public AuthorizationLevel AuthLevel { get; } = authLevel;

    public string[] Methods { get; } = methods;

    /// <summary>ASP.NET Core route template, without the prefix of host.json; the function's name when null.</summary>
    public string? Route { get; set; }
}
