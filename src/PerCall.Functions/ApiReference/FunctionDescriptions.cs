using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.ApiReference;

/// <summary>
/// Describes the HTTP functions to ASP.NET Core's OpenAPI generator, from their attributes. It does not use endpoints: on Azure the routes
/// are in the Functions host, not in this process.
/// </summary>
public sealed class FunctionDescriptions(FunctionRoutes routes) : IApiDescriptionGroupCollectionProvider
{
    public ApiDescriptionGroupCollection ApiDescriptionGroups { get; } = new(
        [
            new(null, [
                .. from route in routes.All
                   let operation = route.Method.GetCustomAttribute<OperationAttribute>()
                   where operation is not null
                   from method in route.Methods
                   // HEAD equals GET without a body.
                   where !HttpMethods.IsHead(method)
                   select Describe(route, operation, method)]),
        ],
        version: 1);

    private static ApiDescription Describe(FunctionRoute route, OperationAttribute operation, string method)
    {
        var description = new ApiDescription
        {
            HttpMethod = method,
            RelativePath = route.Template,
            ActionDescriptor = new ActionDescriptor
            {
                DisplayName = route.Name,
                EndpointMetadata =
                [
                    route,
                    new TagsAttribute(operation.Tag),
                    new EndpointSummaryAttribute(operation.Summary),
                    new EndpointNameAttribute(route.Name),
                    .. operation.Description is { } text ? [new EndpointDescriptionAttribute(text)] : Array.Empty<object>(),
                    .. route.Method.GetCustomAttributes(),
                ],
            },
        };
        foreach (var parameter in RoutePatternFactory.Parse(route.Template).Parameters)
        {
            description.ParameterDescriptions.Add(Parameter(parameter.Name, typeof(string), BindingSource.Path, required: true));
        }

        foreach (var query in route.Method.GetCustomAttributes<QueryAttribute>())
        {
            description.ParameterDescriptions.Add(Parameter(query.Name, query.Type, BindingSource.Query, required: false));
        }

        if (route.Method.IsDefined(typeof(IdempotentAttribute)))
        {
            description.ParameterDescriptions.Add(Parameter(IdempotencyKey.Header, typeof(string), BindingSource.Header, required: false));
        }

        foreach (var answer in Answers(route).OrderBy(a => a.Status))
        {
            description.SupportedResponseTypes.Add(new ApiResponseType
            {
                StatusCode = answer.Status,
                Type = answer.Type,
                ApiResponseFormats = answer.Type is null
                    ? [] : [new() { MediaType = answer.Type == typeof(Problem) ? Problem.MediaType : "application/json" }],
            });
        }

        return description;
    }

    /// <summary>Returns the function's own answers, plus those of all calls with a key and of all charged calls.</summary>
    private static IEnumerable<AnswerAttribute> Answers(FunctionRoute route)
    {
        int[] shared = route switch
        {
            { IsTenants: true } when route.Method.IsDefined(typeof(IdempotentAttribute)) => [401, 402, 403, 409, 422, 429, 503],
            { IsTenants: true } or { IsManagement: true } => [401, 403, 429],
            _ => [],
        };
        var refusal = route.IsOpenInference ? typeof(InferenceError) : route.IsHuggingFace ? typeof(HuggingFaceError) : typeof(Problem);
        return route.Method.GetCustomAttributes<AnswerAttribute>().Concat(
            shared.Select(s => new AnswerAttribute(s, refusal))).DistinctBy(a => a.Status);
    }

    private static ApiParameterDescription Parameter(string name, Type type, BindingSource source, bool required) => new()
    {
        Name = name,
        Source = source,
        Type = type,
        IsRequired = required,
        ModelMetadata = new EmptyModelMetadataProvider().GetMetadataForType(type),
    };
}
