using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using PerCall.Hosting.Functions;

namespace PerCall.Hosting.Http;

/// <summary>A function with an HTTP trigger.</summary>
internal sealed record HttpFunction(FunctionDescriptor Function, RoutePattern Route, IReadOnlyList<string> Methods)
{
    public static HttpFunction? Create(
        FunctionDescriptor function, HttpTriggerAttribute trigger, string routePrefix, ICollection<string> faults)
    {
        var count = faults.Count;
        if (trigger.AuthLevel != AuthorizationLevel.Anonymous)
        {
            faults.Add($"HTTP function '{function.Name}' asks for AuthorizationLevel.{trigger.AuthLevel}; " +
                "this host has no keys; allowed: AuthorizationLevel.Anonymous.");
        }

        if (function.TriggerParameter.ParameterType != typeof(HttpRequest))
        {
            faults.Add(
                $"HTTP function '{function.Name}' has a trigger parameter of type {function.TriggerParameter.ParameterType.Name}; "
                    + "allowed: HttpRequest.");
        }

        var path = $"{routePrefix}/{(trigger.Route ?? function.Name).TrimStart('/')}";
        RoutePattern? route = null;
        try
        {
            route = RoutePatternFactory.Parse("/" + path.TrimStart('/'));
        }
        catch (RoutePatternException e)
        {
            faults.Add($"HTTP function '{function.Name}' has the route '{trigger.Route}', which is not a route template: {e.Message}");
        }

        foreach (var parameter in function.DataParameters)
        {
            if (route is not null && route.GetParameter(parameter.Name!) is null)
            {
                faults.Add(
                    $"HTTP function '{function.Name}' has a parameter '{parameter.Name}' that its route '{route.RawText}' does not name.");
            }
            else if (!BindingData.CanConvertTo(parameter.ParameterType))
            {
                faults.Add($"HTTP function '{function.Name}' has a route value '{parameter.Name}' of type {parameter.ParameterType.Name}, "
                    + "which cannot be read from text.");
            }
        }

        return faults.Count > count ? null : new HttpFunction(
            function, route!, [.. (trigger.Methods ?? []).Select(m => m.ToUpperInvariant())]);
    }
}
