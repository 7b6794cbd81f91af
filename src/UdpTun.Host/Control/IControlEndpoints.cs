using Microsoft.AspNetCore.Routing;

namespace UdpTun.Host.Control;

/// <summary>
/// A group of the control API's endpoints, the same for command line and page. An answer is JSON with <c>"schema": 1</c> and bounded; it
/// comes from actors by Ask, whose time-out (<see cref="RunningInstance.Patience"/>) is this edge's alone.
/// </summary>
internal interface IControlEndpoints
{
    /// <summary>
    /// Adds the endpoints, each with a <c>RequestDelegate</c>: what the framework makes of any other delegate is compiled at run time.
    /// </summary>
    void Map(IEndpointRouteBuilder routes);
}
