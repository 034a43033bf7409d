namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>ASP.NET Core integration.</summary>
public static class FunctionsWebApplicationExtensions
{
    /// <summary>Serves HTTP functions with ASP.NET Core's <c>HttpRequest</c> and <c>IResult</c>; needed when there is an HTTP function.</summary>
    public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ServesHttp = true;
        return builder;
    }
}
